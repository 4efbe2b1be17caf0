/** Longest wait that is granted: an other side that errs by years must not silence a sink. */
const MAX_WAIT_MS = 3_600_000

/**
 * Milliseconds that an answer asks to wait (RFC 9110 §10.2.3), at most an hour; null when it says nothing that can be read.
 *
 *   Retry-After = HTTP-date / delay-seconds      delay-seconds = 1*DIGIT
 *
 * `now`: ms since 1970, for dates. One in the past is no wait.
 */
export function retryAfterMs(value: string | undefined, now: number): number | null {
  const text = value?.trim() ?? ''
  if (/^\d{1,15}$/.test(text)) return Math.min(Number(text) * 1000, MAX_WAIT_MS)
  // Date.parse reads far more than HTTP-date: all three forms of that begin with the name of a day and say a time.
  if (text.length > 64 || !/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? .*\d\d:\d\d:\d\d/.test(text)) return null
  // The form of asctime has no zone and means UTC too.
  const at = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`)
  return Number.isNaN(at) ? null : Math.min(Math.max(at - now, 0), MAX_WAIT_MS)
}
