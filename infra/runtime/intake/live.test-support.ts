/** A live source with known content, logs that misbehave on demand, and what must hold in the log afterwards. */
import assert from 'node:assert/strict'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { MemoryBus } from '#infra/bus/memory/index.ts'
import { decodeRecord, encodeRecord, type Position } from '#schemas/avro/records.ts'
import { TOPICS } from '#schemas/avro/topics.ts'
import type { Bus, Raw } from '#schemas/contracts/bus.ts'
import type { Captured, Producer } from '#schemas/contracts/producer.ts'
import { Ledger } from '#schemas/records/ledger.ts'
import { KIND, Segment, SegmentWriter } from '#schemas/records/segment.ts'
import { sizeOf } from './round.ts'

export const SOURCE = 'live/eth0'
export const PARTITIONS = 3
const HEADERS = 54
const TOPIC_SPECS = Object.values(TOPICS)

/** Round `n` (from 1): in each partition one packet, numbered n, in the second n. The last one ends the source. */
export function roundAt(n: number, last: number): Captured {
  const batches = Array.from({ length: PARTITIONS }, (_, partition) => {
    const writer = new SegmentWriter()
    const payload = new Uint8Array(1000).fill(n)
    const flow = Uint8Array.of(4, partition)
    writer.mark(KIND.tick, n * 1e6)
    const fields = { kind: KIND.packet, flags: 16, dir: 0, time: n * 1e6, key: partition, packet: n } as const
    writer.add({ ...fields, seq: n, ack: 0, window: 0, wireLength: 1000 }, flow, payload, 0, payload.length)
    if (n === last) writer.mark(KIND.end, n * 1e6)
    const ledger = { captured: payload.length + HEADERS, framing: HEADERS }
    return { partition, batch: { sensor: 's', capture: 'test', source: 'eth0', ledger, ...writer.take() } }
  })
  return { batches, position: n }
}

/** Rounds `position + 1` to `last`, then the end of the source; `before` is awaited before each read. */
export function sourceOf(last: number, position = 0, before: (n: number) => Promise<void> = async () => {}): Producer {
  let n = position
  let given: Captured | null = null
  return {
    read: async () => {
      // Law 6: what was given before is no longer valid.
      for (const { batch } of given?.batches ?? []) batch.frame.fill(0)
      given = null
      await before(n + 1)
      if (n === last) return null
      given = roundAt(++n, last)
      return given
    },
    stats: () => ({}),
    progress: () => ({ done: n, total: null }),
    [Symbol.asyncDispose]: async () => {},
  }
}

export function encode({ batches, position }: Captured): Raw[] {
  const records = batches.map(
    ({ partition, batch }): Raw => ({
      topic: 'segments',
      partition,
      key: null,
      value: encodeRecord('segments', batch),
      time: batch.until,
    }),
  )
  const value = encodeRecord('positions', { source: SOURCE, position })
  return [...records, { topic: 'positions', key: Buffer.from(SOURCE), value, time: 0 }]
}

/** A log in memory whose appends first pass `before`: it may wait, or throw. */
export class GuardedBus extends MemoryBus {
  before: (records: readonly Raw[]) => Promise<void> = async () => {}

  static async open(): Promise<GuardedBus> {
    const bus = new GuardedBus({ partitions: PARTITIONS })
    await bus.ensure(TOPIC_SPECS)
    return bus
  }

  override async append(records: readonly Raw[]): Promise<void> {
    await this.before(records)
    await super.append(records)
  }
}

export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await nextTurn()
}

export interface Logged {
  /** By partition: packet numbers in order. */
  readonly packets: readonly (readonly number[])[]
  readonly ended: boolean
  readonly ledger: Ledger
  /** Stored position of the source. */
  readonly position: number
}

/** What the log holds; asserts that its ledger is exact. */
export async function logged(bus: Bus, message: string): Promise<Logged> {
  const ledger = new Ledger()
  const packets: number[][] = []
  let ends = 0
  let payload = 0
  const segment = new Segment()
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const numbers: number[] = []
    packets.push(numbers)
    for await (const { records } of bus.read('segments', partition, 0)) {
      for (const { value } of records) {
        const batch = decodeRecord('segments', value!)
        ledger.merge(batch.ledger)
        segment.reset(batch)
        while (segment.next()) {
          if (segment.kind === KIND.end) ends++
          if (segment.kind !== KIND.packet) continue
          assert.deepEqual(new Set(segment.payload), new Set([segment.packet & 0xff]), message)
          numbers.push(segment.packet)
          payload += segment.length
        }
      }
    }
  }
  assert.equal(ledger.pending, payload, `${message}: what has no fate is in segments`)
  let position = 0
  for await (const { records } of bus.read('positions', 0, 0)) {
    for (const { key, value } of records) {
      if (Buffer.from(key!).toString() === SOURCE)
        position = (decodeRecord('positions', value!) as Position).position as number
    }
  }
  return { packets, ended: ends === PARTITIONS, ledger, position }
}

/** What a round weighs in the queue; the one that ends the source a little more. */
export const ROUND_BYTES = sizeOf(roundAt(1, 2))

export const numbersTo = (last: number): readonly number[] => Array.from({ length: last }, (_, i) => i + 1)
