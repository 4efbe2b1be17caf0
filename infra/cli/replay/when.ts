/**
 * A place in a topic as people write it:
 *
 *   2026-11-21T09:30:35.25Z   capture time; a part of it will do (2026-11-21, 2026-11-21T09:30); without zone it is UTC
 *   1h  -1h                   so long ago: s, m, h, d
 *   120                       this offset in every partition
 *   0:120,3:7                 these offsets; of `from`: partitions that are not named are not read
 */
import { Usage } from '#schemas/contracts/errors.ts'

export type Place =
  /** µs since 1970 */
  | { readonly kind: 'time'; readonly time: number }
  | { readonly kind: 'offset'; readonly offset: number }
  | { readonly kind: 'offsets'; readonly offsets: ReadonlyMap<number, number> }

const ISO = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?(Z|[+-]\d\d:?\d\d)?$/
const AGO = /^-?(\d{1,9})(s|m|h|d)$/
const OFFSET = /^\d{1,15}$/
const OFFSETS = /^\d{1,5}:\d{1,15}(,\d{1,5}:\d{1,15})*$/

/** Microseconds. */
export const UNIT_US = { s: 1e6, m: 60e6, h: 3600e6, d: 86_400e6 } as const
export type TimeUnit = keyof typeof UNIT_US

/** `now`: ms since 1970. Throws `Usage`; `flag` is named there. */
export function parsePlace(flag: string, text: string, now: number): Place {
  if (OFFSET.test(text)) return { kind: 'offset', offset: Number(text) }
  if (OFFSETS.test(text)) {
    const pairs = text.split(',').map(pair => pair.split(':').map(Number) as [number, number])
    return { kind: 'offsets', offsets: new Map(pairs) }
  }
  const ago = AGO.exec(text)
  if (ago !== null) return { kind: 'time', time: now * 1000 - Number(ago[1]) * UNIT_US[ago[2] as TimeUnit] }
  const time = isoMicroseconds(text)
  if (time !== null) return { kind: 'time', time }
  throw new Usage(
    `--${flag} ${JSON.stringify(text)}: expected a time (2026-11-21T09:30:00Z), how long ago (1h, 30m, 2d), an offset (120), or offsets by partition (0:120,3:7)`,
  )
}

/** What `parsePlace` reads back. */
export function formatOffsets(offsets: ReadonlyMap<number, number>): string {
  return [...offsets].map(([partition, offset]) => `${partition}:${offset}`).join(',')
}

/** Null: no date, or one that no calendar has. */
function isoMicroseconds(text: string): number | null {
  const parts = ISO.exec(text)
  if (parts === null) return null
  const [, day, minute = '00:00', second = '00', fraction = '', zone = 'Z'] = parts
  const ms = Date.parse(`${day}T${minute}:${second}${zone}`)
  // Date.parse takes 30 February for 2 March.
  const valid = Number.isFinite(ms) && new Date(`${day}T00:00:00Z`).toISOString().startsWith(day!)
  return valid ? ms * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6)) : null
}
