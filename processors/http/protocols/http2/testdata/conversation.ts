/** Random HTTP/2 connections, with what is true of them. */
import type { Header } from '#schemas/records/exchange.ts'
import { blockFrames, data, Encoder, frame, PREFACE, SETTINGS_ACK, type Style, settings, word } from '#test/driver/http2.ts'

export interface Truth {
  readonly stream: number
  readonly request: readonly Header[]
  readonly requestBody: Buffer
  readonly response: readonly Header[]
  readonly responseBody: Buffer
  readonly trailers: readonly Header[]
}

/** What the client (c) and the server (s) send, one frame (or header block) after the other. */
export interface Said {
  readonly by: 'c' | 's'
  readonly bytes: Buffer
}

export interface Talk {
  readonly said: readonly Said[]
  readonly truth: ReadonlyMap<number, Truth>
}

const NAMES = ['accept', 'user-agent', 'x-request-id', 'cookie', 'authorization', 'x-long', 'te', 'content-type']
const VALUES = ['*/*', 'curl/8', 'a=1; b=2', 'trailers', 'text/plain', 'application/json', 'x'.repeat(300)]

/** `streams` at most, several at once, each frame in the order in which its end may send it. */
export function conversation(random: () => number, streams: number): Talk {
  const upTo = (n: number) => Math.floor(random() * n)
  const pick = <T>(from: readonly T[]): T => from[upTo(from.length)]!
  const ends = { c: new Encoder(), s: new Encoder() }
  const said: Said[] = [
    { by: 'c', bytes: Buffer.concat([PREFACE, settings([3, 100])]) },
    { by: 's', bytes: settings([4, 65_535]) },
    { by: 'c', bytes: SETTINGS_ACK },
    { by: 's', bytes: SETTINGS_ACK },
  ]
  const truth = new Map<number, Truth>()
  const styles: readonly Style[] = ['index', 'index', 'index', 'insert', 'plain', 'never']

  const fields = (pseudo: readonly Header[]): Header[] => {
    const some = Array.from({ length: upTo(5) }, (): Header => {
      const name = pick(NAMES)
      return name === 'te' ? [name, 'trailers'] : [name, random() < 0.3 ? `v${upTo(1e6)}` : pick(VALUES)]
    })
    return [...pseudo, ...some]
  }
  const block = (by: 'c' | 's', stream: number, headers: readonly Header[], end: boolean): Said => {
    const resized = random() < 0.03 ? ends[by].resize(pick([0, 100, 4096])) : Buffer.alloc(0)
    const fresh = ends[by].block(
      headers,
      () => pick(styles),
      () => random() < 0.7,
    )
    return { by, bytes: blockFrames(1, stream, Buffer.concat([resized, fresh]), end ? 1 : 0, random() < 0.1 ? 3 : 1) }
  }
  const body = () => (random() < 0.5 ? Buffer.alloc(0) : Buffer.from(Array.from({ length: upTo(600) }, () => upTo(256))))
  const bodyFrames = (by: 'c' | 's', stream: number, bytes: Buffer, end: boolean): (() => Said)[] => {
    const half = upTo(bytes.length)
    const parts = bytes.length > 0 && random() < 0.4 ? [bytes.subarray(0, half), bytes.subarray(half)] : [bytes]
    return parts.map((part, i) => () => ({
      by,
      bytes: data(stream, part, end && i === parts.length - 1, random() < 0.2 ? upTo(40) : undefined),
    }))
  }

  /** Frames still to be sent of each stream; header blocks are encoded when they are sent. */
  const pending: (() => Said)[][] = []
  let next = 1
  for (let left = streams; left > 0 || pending.length > 0; ) {
    if (left > 0 && (pending.length === 0 || random() < 0.3)) {
      left--
      const stream = next
      next += 2
      const [requestBody, responseBody] = [body(), body()]
      const request = fields([
        [':method', requestBody.length > 0 ? 'POST' : 'GET'],
        [':scheme', 'http'],
        [':path', pick(['/', '/a', `/item/${stream}`])],
        [':authority', 'shop.example'],
      ])
      const response = fields([[':status', pick(['200', '404', '503', '204'])]])
      const trailers: Header[] = random() < 0.2 ? [['grpc-status', String(upTo(3))]] : []
      truth.set(stream, { stream, request, requestBody, response, responseBody, trailers })
      // Streams are opened in the order of their ids.
      said.push(block('c', stream, request, requestBody.length === 0))
      pending.push([
        ...(requestBody.length === 0 ? [] : bodyFrames('c', stream, requestBody, true)),
        ...(random() < 0.1 ? [() => block('s', stream, [[':status', '103'], ['link', '</a.css>']], false)] : []),
        () => block('s', stream, response, responseBody.length === 0 && trailers.length === 0),
        ...(responseBody.length === 0 ? [] : bodyFrames('s', stream, responseBody, trailers.length === 0)),
        ...(trailers.length === 0 ? [] : [() => block('s', stream, trailers, true)]),
      ])
    }
    const turn = upTo(pending.length)
    said.push(pending[turn]!.shift()!())
    if (pending[turn]!.length === 0) pending.splice(turn, 1)
    if (random() < 0.15) said.push(aside(random, next))
  }
  return { said, truth }
}

/** Frames that mean nothing to an exchange. */
function aside(random: () => number, next: number): Said {
  const by = random() < 0.5 ? 'c' : 's'
  const stream = Math.max(1, next - 2)
  const frames = [
    frame(6, 0, 0, Buffer.from('pingpong')),
    frame(8, 0, 0, word(1000)),
    frame(8, 0, stream, word(1000)),
    frame(2, 0, stream, Buffer.from([0, 0, 0, 0, 15])),
    frame(0xb7, 0, 0, Buffer.from('grease')),
  ]
  return { by, bytes: frames[Math.floor(random() * frames.length)]! }
}
