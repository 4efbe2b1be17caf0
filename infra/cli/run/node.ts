/**
 * A node: producers, processing and sinks around one log.
 *
 *   producers ─► segments ─► processing (worker threads, partition p on worker p % workers) ─► exchanges, detections, …
 *                                                                                              └─► sinks
 *
 * Stopping goes downstream: producers first, then processing with a checkpoint, then the sinks, then the log.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { storedLedger } from '#infra/runtime/checkpoint.ts'
import { emptyIntakeStats, type IntakeStats, runIntake } from '#infra/runtime/intake.ts'
import type { Backoff } from '#infra/runtime/retry.ts'
import type { Supervision } from '#infra/runtime/supervise.ts'
import { decodeRecord, encodeRecord } from '#schemas/avro/records.ts'
import { stateTopic, TOPICS } from '#schemas/avro/topics.ts'
import type { Bus, Raw, Writer } from '#schemas/contracts/bus.ts'
import { Fenced, Refused } from '#schemas/contracts/errors.ts'
import type { Captured, Producer } from '#schemas/contracts/producer.ts'
import { NO_TOPIC } from '#schemas/records/dead.ts'
import { Ledger } from '#schemas/records/ledger.ts'
import type { Processors } from '../components.ts'
import { PUBLISHED, stagesFor } from '../pipeline.ts'
import { emptyTally, type TallyCounts } from '../tally.ts'
import { aborted } from './aborted.ts'
import type { SourceFlow } from './flows.ts'
import { lagOf } from './lag.ts'
import type { NodeEvents, Workers } from './plan.ts'
import { PROCESS_GROUP } from './segments-task.ts'
import { groupOf, type SinkRun, Sinks } from './sinks.ts'

/** A producer with the name of its source. */
export interface Source {
  readonly name: string
  readonly producer: Producer
  readonly flow: SourceFlow
  readonly writer: Writer
}

export interface NodeParts {
  readonly bus: Bus
  readonly sources: readonly Source[]
  readonly workers: Workers | null
  readonly sinks: readonly SinkRun[]
  readonly backoff: Backoff
  readonly supervision: Supervision
  readonly events: NodeEvents
}

export interface NodeResult {
  /** False: stopped before the end (Ctrl-C). */
  readonly finished: boolean
  readonly appended: number
  readonly errors: readonly Refused[]
  readonly tally: TallyCounts
}

/** Topics of this configuration, the stages' state included. */
export function topicsOf(components: Processors) {
  const stages = stagesFor(components, 'segments', PUBLISHED)
  return [...Object.values(TOPICS), ...stages.map(stage => stateTopic(stage.name))]
}

export class Node {
  readonly #parts: NodeParts
  readonly intake = new Map<string, IntakeStats>()
  readonly sinks: Sinks

  constructor(parts: NodeParts) {
    this.#parts = parts
    const { backoff, supervision } = parts
    this.sinks = new Sinks(parts.bus, parts.sinks, {
      decode: (topic, record) => ({ topic, value: decodeRecord(topic, record.value!) }),
      dead: (sink, topic, partition, record, reason, message) =>
        deadRecord(groupOf(sink), topic, partition, record, reason, message),
      backoff,
      supervision,
      events: parts.events,
    })
    for (const { name } of parts.sources) this.intake.set(name, emptyIntakeStats())
  }

  /** Runs until every source has ended and all is processed and delivered, or until `signal`. No sources: until `signal`. */
  async run(signal: AbortSignal): Promise<NodeResult> {
    const { sources, workers } = this.#parts
    const failed = new AbortController()
    const stop = AbortSignal.any([signal, failed.signal])
    const broken = Promise.all([workers?.done, this.sinks.done]).then(() => {})
    broken.catch(error => failed.abort(error))

    const errors: Refused[] = []
    const intakes = sources.map(async source => {
      try {
        return await this.#intake(source, stop, errors)
      } catch (error) {
        failed.abort(error)
        return false
      }
    })
    const ended = await Promise.all(intakes)
    const finished = sources.length > 0 && ended.every(Boolean) && (await this.#drained(stop))
    if (sources.length === 0) await aborted(stop)

    // Everything is stopped before an error is reported: whoever is still at work would lose the log under its feet.
    const ends = await Promise.allSettled([workers?.stop()])
    ends.push(...(await Promise.allSettled([this.sinks.stop()])))
    if (failed.signal.aborted) throw failed.signal.reason
    for (const end of ends) if (end.status === 'rejected') throw end.reason
    const appended = [...this.intake.values()].reduce((sum, stats) => sum + stats.records, 0)
    return { finished, appended, errors, tally: workers?.tally() ?? emptyTally() }
  }

  /** True when the source has ended (also by damage, which is said at the end). */
  async #intake({ name, producer, flow, writer }: Source, signal: AbortSignal, errors: Refused[]): Promise<boolean> {
    const { backoff, events } = this.#parts
    const stats = this.intake.get(name)!
    try {
      return await runIntake(
        { producer, bus: writer, encode: captured => intakeRecords(name, captured), backoff, stats, flow },
        signal,
      )
    } catch (error) {
      if (error instanceof Fenced) {
        errors.push(new Refused('source-taken', `${name}: another process reads this source now; this one stopped`))
        return true
      }
      if (!(error instanceof Refused)) throw error
      errors.push(error)
      return true
    } finally {
      for (const [reason, { segments, bytes }] of stats.dropped)
        events.warn(`${name}: ${segments} segments with ${bytes} bytes of payload were dropped (${reason})`, null)
    }
  }

  /** Waits until processing and then the sinks have caught up with what is in the log. */
  async #drained(signal: AbortSignal): Promise<boolean> {
    const { bus, workers, sinks } = this.#parts
    if (workers !== null) while (!signal.aborted && (await lagOf(bus, PROCESS_GROUP, 'segments')) > 0) await delay(10)
    for (const { name, topics } of sinks) {
      for (const topic of topics)
        while (!signal.aborted && (await lagOf(bus, groupOf(name), topic)) > 0) await delay(10)
    }
    return !signal.aborted
  }
}

/** Coverage of everything the log has processed so far. */
export async function coverageOf(bus: Bus, components: Processors): Promise<Ledger> {
  const first = stagesFor(components, 'segments', PUBLISHED)[0]!
  const ledger = new Ledger()
  for (let p = 0; p < bus.partitions('segments'); p++) {
    ledger.merge((await storedLedger(bus, stateTopic(first.name).name, p)).counts())
  }
  return ledger
}

function intakeRecords(source: string, { batches, position, rejected = [] }: Captured): Raw[] {
  const records: Raw[] = batches.map(({ partition, batch }) => ({
    topic: 'segments',
    partition,
    key: null,
    value: encodeRecord('segments', batch),
    time: batch.until,
  }))
  const time = Math.max(0, ...batches.map(({ batch }) => batch.until))
  records.push({
    topic: 'positions',
    key: Buffer.from(source),
    value: encodeRecord('positions', { source, position }),
    time,
  })
  for (const { reason, message, value, time } of rejected) {
    // It stands in no topic: its time tells it from the others of its source.
    records.push(deadRecord(`source.${source}`, NO_TOPIC, 0, { offset: time, time, value }, reason, message))
  }
  return records
}

function deadRecord(
  group: string,
  topic: string,
  partition: number,
  record: { offset: number; time: number; value: Uint8Array | null },
  reason: string,
  message: string,
): Raw {
  const value = encodeRecord('dead', {
    group,
    topic,
    partition,
    offset: record.offset,
    index: -1,
    timer: null,
    stage: '',
    reason,
    message,
    time: record.time,
    value: record.value,
  })
  return { topic: 'dead', key: null, value, time: record.time }
}
