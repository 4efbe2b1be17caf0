/** A watch is a stream of JSON texts, each on a line of its own. */

/** Throws `LineTooLong`; what the stream throws passes through. A last line without an end was cut off, and is left out. */
export async function* linesOf(stream: AsyncIterable<Uint8Array>, longest: number): AsyncGenerator<string> {
  let parts: Uint8Array[] = []
  let held = 0
  for await (const chunk of stream) {
    let from = 0
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, from)) {
      if (held + end - from > longest) throw new LineTooLong(longest)
      parts.push(chunk.subarray(from, end))
      yield Buffer.concat(parts).toString('utf8')
      parts = []
      held = 0
      from = end + 1
    }
    held += chunk.length - from
    if (held > longest) throw new LineTooLong(longest)
    if (from < chunk.length) parts.push(chunk.subarray(from))
  }
}

/** All of a body as text. Throws `LineTooLong`. */
export async function textOf(stream: AsyncIterable<Uint8Array>, longest: number): Promise<string> {
  const parts: Uint8Array[] = []
  let held = 0
  for await (const chunk of stream) {
    held += chunk.length
    if (held > longest) throw new LineTooLong(longest)
    parts.push(chunk)
  }
  return Buffer.concat(parts).toString('utf8')
}

export class LineTooLong extends Error {
  constructor(longest: number) {
    super(`longer than ${longest} bytes`)
  }
}
