/**
 * The slow, obvious twin of body framing: the whole byte string of one direction, one byte after the other, straight
 * from RFC 9112 §6.3. It judges nothing that the rules leave open: at the first such thing it stops.
 */

export interface Boundary {
  /** Index of the first byte of the start line. */
  readonly first: number
  /** Index of the last byte that belongs to the message. */
  readonly last: number
  readonly bodyBytes: number
}

/** Messages of one direction until the first doubt. `methods`: of the requests that responses answer; null: requests. */
export function boundaries(bytes: Uint8Array, methods: readonly string[] | null): Boundary[] {
  const found: Boundary[] = []
  let at = 0
  for (;;) {
    while (bytes[at] === 13 || bytes[at] === 10) at++
    const head = readHead(bytes, at, methods === null)
    if (head === null) return found
    const method = methods === null ? '' : (methods[found.length] ?? 'GET')
    const body = readBody(bytes, head, methods === null, method)
    if (body === null) return found
    if (methods !== null && head.status < 200) {
      at = body.next
      continue
    }
    found.push({ first: at, last: body.next - 1, bodyBytes: body.bodyBytes })
    at = body.next
  }
}

interface Head {
  readonly status: number
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly next: number
}

function readHead(bytes: Uint8Array, at: number, isRequest: boolean): Head | null {
  const start = readLine(bytes, at)
  if (start === null) return null
  const match = isRequest
    ? /^(?:GET|POST|HEAD|PUT) \/[!-~]* HTTP\/1\.1$/.exec(start.text)
    : /^HTTP\/1\.1 ([2-5][0-9][0-9]|10[023]) [ -~]*$/.exec(start.text)
  if (match === null) return null
  const fields: [string, string][] = []
  let next = start.next
  for (;;) {
    const line = readLine(bytes, next)
    if (line === null) return null
    next = line.next
    if (line.text === '') return { status: Number(match[1] ?? 0), fields, next }
    const field = /^([A-Za-z-]+):[ \t]*([ -~]*?)[ \t]*$/.exec(line.text)
    if (field === null) return null
    fields.push([field[1]!.toLowerCase(), field[2]!])
  }
}

/** A line that ends with CRLF and holds neither elsewhere. */
function readLine(bytes: Uint8Array, at: number): { text: string; next: number } | null {
  let text = ''
  for (let i = at; i + 1 < bytes.length; i++) {
    if (bytes[i] === 13 && bytes[i + 1] === 10) return { text, next: i + 2 }
    if (bytes[i] === 13 || bytes[i] === 10) return null
    text += String.fromCharCode(bytes[i]!)
  }
  return null
}

function readBody(
  bytes: Uint8Array,
  head: Head,
  isRequest: boolean,
  method: string,
): { bodyBytes: number; next: number } | null {
  const none = { bodyBytes: 0, next: head.next }
  // §6.3 item 1
  if (!isRequest && (method === 'HEAD' || head.status < 200 || head.status === 204 || head.status === 304)) return none
  const codings = head.fields.filter(([name]) => name === 'transfer-encoding')
  const lengths = head.fields.filter(([name]) => name === 'content-length').map(([, value]) => value)
  // items 3 and 4
  if (codings.length > 0) {
    if (codings.length > 1 || codings[0]![1].toLowerCase() !== 'chunked') return null
    return readChunks(bytes, head.next)
  }
  // items 5 and 6
  if (lengths.length > 0) {
    if (lengths.some(length => length !== lengths[0] || !/^[0-9]{1,9}$/.test(length))) return null
    const bodyBytes = Number(lengths[0])
    return head.next + bodyBytes > bytes.length ? null : { bodyBytes, next: head.next + bodyBytes }
  }
  // items 7 and 8: a response until close is not over before the stream is
  return isRequest ? none : null
}

function readChunks(bytes: Uint8Array, at: number): { bodyBytes: number; next: number } | null {
  let bodyBytes = 0
  for (;;) {
    const line = readLine(bytes, at)
    const size = line === null ? null : /^([0-9A-Fa-f]{1,8})(?:;[!-~]*)?$/.exec(line.text)
    if (line === null || size === null) return null
    const length = Number.parseInt(size[1]!, 16)
    at = line.next
    if (length === 0) break
    bodyBytes += length
    at += length
    if (bytes[at] !== 13 || bytes[at + 1] !== 10) return null
    at += 2
  }
  for (;;) {
    const line = readLine(bytes, at)
    if (line === null) return null
    at = line.next
    if (line.text === '') return { bodyBytes, next: at }
  }
}
