/** Batches for a sink: by count, bytes and age. */

import type { DeliveryConfig } from '#schemas/config/delivery.ts'
import type { Lease, LogRecord } from '#schemas/contracts/bus.ts'

export interface Gathered {
  readonly records: readonly LogRecord[]
  /** The offset to go on from. */
  readonly next: number
}

/** Null: nothing came. The bytes are the caller's own. `now` in milliseconds. */
export async function gather(
  lease: Lease,
  { bytes, records: most, ageMs }: DeliveryConfig['batch'],
  now: () => number,
): Promise<Gathered | null> {
  let records: LogRecord[] = []
  let size = 0
  let next = -1
  let until = 0
  for (;;) {
    const left = until - now()
    const batch = next < 0 ? await lease.poll(bytes) : await lease.poll(bytes - size, Math.min(left, 100))
    if (batch !== null) {
      if (next < 0) until = now() + ageMs
      records = records.concat(batch.records.map(owned))
      size += batch.bytes
      next = batch.next
    } else if (next < 0) return null
    if (size >= bytes || records.length >= most || now() >= until || lease.signal.aborted) return { records, next }
  }
}

/** A lease's bytes are valid until its next poll only. */
function owned(record: LogRecord): LogRecord {
  return { ...record, key: record.key?.slice() ?? null, value: record.value?.slice() ?? null }
}
