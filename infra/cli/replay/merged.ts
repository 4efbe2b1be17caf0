/**
 * The records of several partitions in one order: of the first record that each has left, the one with the lowest time
 * comes next; of equal times, that of the lowest partition. It depends on nothing but what is stored: not on how records come
 * in batches, nor on speed.
 */
import type { Bus, LogRecord } from '#schemas/contracts/bus.ts'
import type { Span } from './range.ts'

export interface Placed {
  readonly span: Span
  /** Its bytes are valid until the next one is asked for. */
  readonly record: LogRecord
}

export async function* merged(bus: Bus, topic: string, spans: readonly Span[]): AsyncGenerator<Placed> {
  const readers = spans.map(span => ({ span, records: recordsOf(bus, topic, span) }))
  const heads: (LogRecord | null)[] = []
  for (const { records } of readers) heads.push(await nextOf(records))
  for (;;) {
    let first = -1
    for (const [i, head] of heads.entries()) {
      if (head !== null && (first < 0 || head.time < heads[first]!.time)) first = i
    }
    if (first < 0) return
    yield { span: readers[first]!.span, record: heads[first]! }
    heads[first] = await nextOf(readers[first]!.records)
  }
}

async function* recordsOf(bus: Bus, topic: string, { partition, warm, to }: Span): AsyncGenerator<LogRecord> {
  for await (const batch of bus.read(topic, partition, warm, to)) yield* batch.records
}

async function nextOf(records: AsyncGenerator<LogRecord>): Promise<LogRecord | null> {
  const { value, done } = await records.next()
  return done === true ? null : value
}
