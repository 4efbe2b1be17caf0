/**
 * Feeds a dead letter in again, once per call of a person: nothing retries by itself, so nothing can loop.
 *
 *   refused by a sink            to that sink alone: what others were given stays as it is
 *   a record nobody could read   back to its topic and partition, at the end, if this code can read it: it was never
 *                                processed, so nothing of it is there; its connections may have been given up meanwhile
 *   a segment that made a        its connection runs again, what is missing is published (segment.ts)
 *   processor throw
 *   a timer that threw           cannot be fed in: it has no value
 *   what a source did not        cannot be fed in: it never was in the log
 *   understand
 *
 * What is published and the mark that it was stand in one append: all or nothing. A sink is written to first and the mark
 * comes after, so a crash between the two delivers again, with the same id: sinks must bear that anyway.
 */
import type { MaskRecord } from '#infra/runtime/masking/index.ts'
import { decodeRecord } from '#schemas/avro/records.ts'
import type { Bus, Raw } from '#schemas/contracts/bus.ts'
import { Refused, Retryable } from '#schemas/contracts/errors.ts'
import { NO_TOPIC } from '#schemas/records/dead.ts'
import type { Components } from '../components.ts'
import { PROCESS_GROUP } from '../run/segments-task.ts'
import { groupOf, type SinkRun } from '../run/sinks.ts'
import { bytesOf, type Entry, markOf, RETRIED, RETRY_FAILED } from './letters.ts'
import { recoverSegment } from './segment.ts'

export interface RetryParts {
  readonly bus: Bus
  readonly components: Components
  /** Unparsed, by processor. */
  readonly processors: Readonly<Record<string, unknown>>
  readonly sinks: readonly SinkRun[]
  /** How what comes of it may be seen. */
  readonly mask: MaskRecord
  readonly signal: AbortSignal
}

export interface Outcome {
  readonly ok: boolean
  readonly says: string
}

export async function retryLetter(parts: RetryParts, entry: Entry): Promise<Outcome> {
  if (entry.done) return { ok: true, says: `was retried before: ${entry.lastTry}` }
  try {
    const { outputs, says } = await again(parts, entry)
    await parts.bus.append([...outputs, markOf(entry, RETRIED, says)])
    return { ok: true, says }
  } catch (error) {
    // For the moment only: no try is counted.
    if (error instanceof Retryable) return { ok: false, says: `not now: ${error.message}` }
    if (!(error instanceof Refused)) throw error
    await parts.bus.append([markOf(entry, RETRY_FAILED, error.message)])
    return { ok: false, says: error.message }
  }
}

interface Again {
  readonly outputs: readonly Raw[]
  readonly says: string
}

async function again(parts: RetryParts, entry: Entry): Promise<Again> {
  const { bus, components, processors } = parts
  if (entry.timer !== null)
    throw new Refused(
      'timer',
      `a timer of stage ${entry.stage} has no value: tapwire replay shows what this code makes of its time`,
    )
  if (entry.topic === NO_TOPIC)
    throw new Refused('never-stored', 'its source could not understand it, so it never was in the log')
  const sink = parts.sinks.find(({ name }) => groupOf(name) === entry.group)
  if (sink !== undefined) return deliver(parts, entry, sink)
  if (entry.group !== PROCESS_GROUP)
    throw new Refused('no-such-group', `the configuration has nothing that runs as ${entry.group}`)
  if (entry.index >= 0) return recoverSegment(bus, components, processors, entry, parts.mask)
  return putBack(bus, entry)
}

async function deliver({ bus, signal }: RetryParts, entry: Entry, { sink, name }: SinkRun): Promise<Again> {
  const value = decodeRecord(entry.topic, await storedBytes(bus, entry))
  const [refused] = await sink.write([{ topic: entry.topic, value }], signal)
  if (refused !== undefined) throw new Refused('refused-by-sink', `${name} refused it again: ${refused.answer}`)
  return { outputs: [], says: `delivered to ${name}` }
}

async function putBack(bus: Bus, entry: Entry): Promise<Again> {
  const value = await storedBytes(bus, entry)
  decodeRecord(entry.topic, value)
  const { topic, partition, time } = entry
  return {
    outputs: [{ topic, partition, key: null, value, time }],
    says: `put back at the end of ${topic}/${partition}`,
  }
}

async function storedBytes(bus: Bus, entry: Entry): Promise<Uint8Array> {
  const bytes = await bytesOf(bus, entry)
  if (bytes === null) throw new Refused('no-bytes', 'the letter holds no bytes')
  return bytes
}
