/** Puts the lines of several partitions in order: by the number of their frame, equal numbers by partition. */
import type { LaneOutput } from './lines.ts'

/** One buffer for all rounds: what `merge` returns is valid until the next call. */
export class Merger {
  #merged = Buffer.alloc(0)

  /** The lines of `outputs` in one text. */
  merge(outputs: readonly LaneOutput[]): Uint8Array {
    const length = outputs.reduce((sum, { text }) => sum + text.length, 0)
    if (length > this.#merged.length) this.#merged = Buffer.allocUnsafeSlow(Math.ceil(length * 1.25))
    mergeInto(
      this.#merged,
      [...outputs].sort((a, b) => a.partition - b.partition),
    )
    return this.#merged.subarray(0, length)
  }
}

/** `outputs` in order of their partitions. */
function mergeInto(merged: Buffer, outputs: readonly LaneOutput[]): void {
  const at = outputs.map(() => 0)
  const from = outputs.map(() => 0)
  let to = 0
  for (;;) {
    let first = -1
    let second = Number.POSITIVE_INFINITY
    for (let i = 0; i < outputs.length; i++) {
      const packet = outputs[i]!.marks[at[i]!] ?? Number.POSITIVE_INFINITY
      if (first >= 0 && packet >= outputs[first]!.marks[at[first]!]!) {
        if (packet < second) second = packet
      } else if (packet < Number.POSITIVE_INFINITY) {
        if (first >= 0) second = Math.min(second, outputs[first]!.marks[at[first]!]!)
        first = i
      }
    }
    if (first < 0) return
    // All of this partition's lines up to the next partition's turn go in one copy.
    const { marks, text } = outputs[first]!
    const start = from[first]!
    let end = start
    let mark = at[first]!
    do {
      end += marks[mark + 1]!
      mark += 2
    } while (mark < marks.length && marks[mark]! < second)
    text.copy(merged, to, start, end)
    to += end - start
    from[first] = end
    at[first] = mark
  }
}
