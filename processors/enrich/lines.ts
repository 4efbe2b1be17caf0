/** Header lines by name, within bounds. */
import type { Header } from '#schemas/records/exchange.ts'

/** Which end of a list counts. */
export type End = 'left' | 'right'

const NONE: readonly string[] = []

/** Values of all lines of a header, in order. `name` in lower case. */
export function linesOf(headers: readonly Header[], name: string): readonly string[] {
  let lines: string[] | null = null
  for (let i = 0; i < headers.length; i++) {
    const [sent, value] = headers[i]!
    // The length first: it tells nearly all other headers apart without a copy in lower case.
    if (sent.length !== name.length || sent.toLowerCase() !== name) continue
    if (lines === null) lines = [value]
    else lines.push(value)
  }
  return lines ?? NONE
}

/**
 * At most `characters` of text, cut at a comma. Kept is the end that matters: of proxies that append, the right one is
 * theirs, and dropping it because the client sent much on the left would hide the client.
 */
export function bounded(lines: readonly string[], characters: number, keep: End): readonly string[] {
  let total = 0
  for (const line of lines) total += line.length
  if (total <= characters) return lines
  const kept: string[] = []
  let left = characters
  for (const line of keep === 'left' ? lines : lines.toReversed()) {
    if (line.length > left) {
      const part = keep === 'left' ? headOf(line, left) : tailOf(line, left)
      if (part !== '') kept.push(part)
      break
    }
    kept.push(line)
    left -= line.length
  }
  return keep === 'left' ? kept : kept.reverse()
}

/** Whole elements of the first `length` characters. */
function headOf(line: string, length: number): string {
  const comma = line.lastIndexOf(',', length)
  return comma < 0 ? '' : line.slice(0, comma)
}

/** Whole elements of the last `length` characters. */
function tailOf(line: string, length: number): string {
  const comma = line.indexOf(',', line.length - length - 1)
  return comma < 0 ? '' : line.slice(comma + 1)
}
