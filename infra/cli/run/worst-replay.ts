/**
 * How much of `segments` must stay stored. A cluster deletes what its time has come for, whoever still needs it (the embedded
 * log waits): the only protection is a retention that covers the worst case,
 *
 *      checkpoint ─────── committed ──────────────────────────────── end
 *         │ read again at a    │ comes in while processing stands still
 *         │ restart: everyMs   │ OUTAGE_MS
 */
import { TOPICS } from '#schemas/avro/topics.ts'
import type { RootConfig } from '#schemas/config/root.ts'

/** How long processing may stand still before something is lost: long enough to notice, and to mend what is broken. */
const OUTAGE_MS = 3_600_000
/**
 * By size, per partition, in spans between two checkpoints: the one that is read again, and three that come in meanwhile. It is
 * the least that works at all; how long an outage that covers depends on the traffic.
 */
const SPANS = 4
const MIB = 1024 ** 2

export interface Retention {
  readonly ms: number
  readonly bytes: number
}

/** What is configured for `segments`, defaults filled in. */
export function segmentsRetention({ log }: Pick<RootConfig, 'log'>): Retention {
  const { ms, bytes } = TOPICS.segments.retention
  const own = log.kind === 'memory' ? undefined : log.retention.segments
  return { ms: own?.ms ?? ms, bytes: own?.bytes ?? bytes }
}

/** Why this retention of `segments` loses traffic, with the numbers; null when it does not. -1: no limit. */
export function tooShort({ ms, bytes }: Retention, { everyMs, everyBytes }: RootConfig['checkpoint']): string | null {
  const leastMs = everyMs + OUTAGE_MS
  if (ms >= 0 && ms < leastMs) {
    return `${ms} ms are shorter than the worst replay: a restart reads up to ${everyMs} ms again (checkpoint.everyMs), and what comes in during an outage of ${OUTAGE_MS} ms (an hour) has to wait: ${leastMs} at least`
  }
  const leastBytes = SPANS * everyBytes
  if (bytes >= 0 && bytes < leastBytes) {
    return `${bytes} bytes of a partition are less than the worst replay: a restart reads up to ${everyBytes} again (checkpoint.everyBytes, ${everyBytes / MIB} MiB), and as many come in meanwhile: ${SPANS} times as many, ${leastBytes}, at least`
  }
  return null
}
