/**
 * Data that is no text: pictures, sound, films, archives, what is encrypted. In a megabyte of it every short needle occurs by
 * chance, so only what could have been written there is looked at: runs of printable characters, as `strings` shows them.
 */
import { isUtf8 } from 'node:buffer'
import { latin1Of } from './bytes.ts'
import { isInk, isMarked } from './formats.ts'

/** Shorter runs occur by chance, and say something by chance: of this length there is one in 160 kB of random data. */
const SHORTEST_RUN = 12
/** Smaller data is looked at as it is. */
const LEAST = 512
/** So much of the beginning, the middle and the end tells what it is. */
const SAMPLE = 512

/** Of random bytes 11 % are control characters and half are beyond ASCII. Legacy charsets have no control characters. */
const MOST_CONTROLS = 0.05
const MOST_BEYOND = 0.25

const CONTROL = 0
const INK = 1
const BEYOND = 2
const KINDS = Uint8Array.from({ length: 256 }, (_, byte) => (byte > 127 ? BEYOND : isInk(byte) ? INK : CONTROL))

/** The runs in data that is no text, one a line; null for text, and for formats that decoders read (`isMarked`). */
export function runsOf(bytes: Uint8Array): string | null {
  if (bytes.length < LEAST || isUtf8(bytes) || isMarked(bytes) || !looksBinary(bytes)) return null
  const runs: string[] = []
  let start = 0
  for (let i = 0; i <= bytes.length; i++) {
    if (KINDS[bytes[i] ?? 0] === INK) continue
    if (i - start >= SHORTEST_RUN) runs.push(latin1Of(bytes.subarray(start, i)))
    start = i + 1
  }
  return runs.join('\n')
}

function looksBinary(bytes: Uint8Array): boolean {
  const middle = bytes.length >> 1
  let controls = 0
  let beyond = 0
  let seen = 0
  for (const wanted of [0, middle - SAMPLE / 2, bytes.length - SAMPLE]) {
    const from = Math.max(wanted, 0)
    const to = Math.min(from + SAMPLE, bytes.length)
    seen += to - from
    for (let i = from; i < to; i++) {
      const kind = KINDS[bytes[i]!]!
      if (kind === BEYOND) beyond++
      else if (kind === CONTROL) controls++
    }
  }
  return controls > MOST_CONTROLS * seen && beyond > MOST_BEYOND * seen
}
