/**
 * Delivers a batch, in order, for as long as it takes. When the other side keeps answering with an error, a record that it took
 * before is sent once more, which is harmless (law 3 of sinks) and tells what is wrong:
 *
 *   part ──`isolateAfter` answered errors──► control ──fails──► the other side is away: the same part again
 *                                              └─passes─► it is about the part: its halves, one behind the other;
 *                                                         a single record is refused with the answer
 */
import { Retryable } from '#schemas/contracts/errors.ts'
import type { RefusedRecord } from '#schemas/contracts/sink.ts'

export interface Item<V> {
  readonly value: V
  /** Records with the same key keep their order. */
  readonly key: string
}

export interface Refusal<V> {
  readonly item: Item<V>
  readonly answer: string
}

export interface Way<V> {
  /** A record that was delivered; null: none was yet. */
  readonly known: V | null
  /** One try. */
  write(batch: readonly V[], signal: AbortSignal): Promise<readonly RefusedRecord[]>
}

/** Records that are tried by themselves when none is known that the other side takes. */
const CANDIDATES = 16

/** Returns what was refused. Throws `Retryable` when `signal` aborts. */
export async function deliver<V>(
  items: readonly Item<V>[],
  way: Way<V>,
  isolateAfter: number,
  signal: AbortSignal,
): Promise<readonly Refusal<V>[]> {
  const refused: Refusal<V>[] = []
  const parts = [items]
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    const outcome = await tried(part, way, isolateAfter, signal)
    if (typeof outcome !== 'string') refused.push(...outcome)
    else if (!(await controlled(part, parts.flat(), way, signal))) parts.unshift(part)
    else if (part.length === 1) refused.push({ item: part[0]!, answer: outcome })
    else parts.unshift(part.slice(0, part.length >> 1), part.slice(part.length >> 1))
  }
  return refused
}

/** What was refused, or the last answer when it was an error `isolateAfter` times in a row. */
async function tried<V>(
  items: readonly Item<V>[],
  way: Way<V>,
  isolateAfter: number,
  signal: AbortSignal,
): Promise<readonly Refusal<V>[] | string> {
  for (let errors = 0; ; ) {
    try {
      const refused = await way.write(
        items.map(({ value }) => value),
        signal,
      )
      return refused.map(({ index, answer }) => ({ item: items[index]!, answer }))
    } catch (error) {
      if (!(error instanceof Retryable) || signal.aborted) throw error
      errors = error.answered ? errors + 1 : 0
      if (errors >= isolateAfter) return error.message
    }
  }
}

/**
 * Does the other side take anything? None is known at the start: then the first record of one client after the other is tried, which
 * puts no record before another of its client. They come again in their turn.
 */
async function controlled<V>(
  part: readonly Item<V>[],
  behind: readonly Item<V>[],
  way: Way<V>,
  signal: AbortSignal,
): Promise<boolean> {
  if (way.known !== null) return passes(way.known, way, signal)
  const first = new Map<string, V>()
  for (const { key, value } of [...part, ...behind]) if (!first.has(key)) first.set(key, value)
  if (part.length === 1) first.delete(part[0]!.key)
  for (const value of [...first.values()].slice(0, CANDIDATES)) if (await passes(value, way, signal)) return true
  return false
}

async function passes<V>(value: V, way: Way<V>, signal: AbortSignal): Promise<boolean> {
  try {
    const refused = await way.write([value], signal)
    return refused.length === 0
  } catch (error) {
    if (!(error instanceof Retryable) || signal.aborted) throw error
    return false
  }
}
