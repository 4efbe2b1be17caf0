/** Capture times as text: ISO 8601 in UTC with six fractional digits, `2026-11-21T09:30:35.043374Z`. */

const SECOND = 1_000_000
/** 9999-12-31T23:59:59Z: later years would need a sign and a fifth digit (ISO 8601 §4.3.2). */
const LAST_SECOND = 253_402_300_799

let cachedSecond = -1
let cachedText = ''

/** Time in µs since 1970. A capture file can claim any time: what lies outside 1970 to 9999 is moved to the border. */
export function isoTime(time: number): string {
  const whole = time > 0 ? Math.floor(time) : 0 // NaN too is not above 0
  const second = Math.floor(whole / SECOND)
  if (second > LAST_SECOND) return '9999-12-31T23:59:59.999999Z'
  if (second !== cachedSecond) {
    cachedSecond = second
    cachedText = new Date(second * 1000).toISOString().slice(0, 20)
  }
  const micros = whole - second * SECOND
  return `${cachedText}${String(SECOND + micros).slice(1)}Z`
}
