/** How a round is stored in the spill: msgpack of [number, bytes, bytes of all rounds up to this one, records]. */
import { pack, unpack } from '#schemas/avro/pack.ts'
import type { Raw } from '#schemas/contracts/bus.ts'
import type { Round } from './round.ts'

export interface Sealed {
  readonly round: Round
  /** Bytes of all rounds ever spilled, this one included: what is kept is known without reading it. */
  readonly total: number
}

type Stored = readonly [seq: number, bytes: number, total: number, records: readonly StoredRaw[]]
type StoredRaw = readonly [
  topic: string,
  partition: number | null,
  key: Uint8Array | null,
  value: Uint8Array | null,
  time: number,
]

export function seal({ seq, bytes, records }: Round, total: number): Uint8Array {
  const stored = records.map(
    ({ topic, partition = null, key, value, time }): StoredRaw => [topic, partition, key, value, time],
  )
  return pack([seq, bytes, total, stored] satisfies Stored)
}

/** What this process wrote, so it is not checked. The round does not share memory with `value`: msgpack hands out views. */
export function unseal(value: Uint8Array): Sealed {
  const [seq, bytes, total, records] = unpack(new Uint8Array(value)) as Stored
  return { round: { seq, bytes, records: records.map(rawOf) }, total }
}

function rawOf([topic, partition, key, value, time]: StoredRaw): Raw {
  return partition === null ? { topic, key, value, time } : { topic, partition, key, value, time }
}
