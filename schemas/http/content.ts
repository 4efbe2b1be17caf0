/** The body of a message with its content codings off, as a record has it: for every stage that makes exchanges. */
import type { Message } from '#schemas/records/exchange.ts'
import { decodeContent } from './coding.ts'

export interface ContentLimits {
  /** False: content codings stay on. */
  readonly decodeContent: boolean
  /** Most bytes that come out. */
  readonly decodedBytes: number
  /** Most that come out per byte of the body. */
  readonly decodedRatio: number
}

export interface KeptBody {
  readonly side: 'request' | 'response'
  /** Null: there is none. */
  readonly body: Uint8Array | null
  /** As in Content-Encoding, in the order they were applied; empty when there are none. */
  readonly codings: string
  /** Not all that was sent was kept. */
  readonly cut: boolean
  /** It was not sent to its end. */
  readonly unfinished: boolean
}

export type Content = Pick<Message, 'body' | 'content' | 'decodedBytes'>

/** As far as it decodes; `anomalies` gets the reason where that is not to the end. */
export function contentOf(kept: KeptBody, limits: ContentLimits, anomalies: string[]): Content {
  const { body, codings } = kept
  if (codings === '' || body === null || !limits.decodeContent) return { body, content: body, decodedBytes: null }
  const { content, anomaly } = decodeContent(body, codings, {
    bytes: limits.decodedBytes,
    ratio: limits.decodedRatio,
    cut: kept.cut || kept.unfinished,
  })
  // A server may send what compresses well; who sends it to a server wants its memory.
  const large = kept.side === 'response' && anomaly === 'http1.decompression-bomb'
  if (anomaly !== null) add(anomalies, large ? 'http1.decoded-too-large' : anomaly)
  if (content !== null && kept.cut) add(anomalies, 'http1.content-cut')
  const decodedBytes = content === null || content === body ? null : content.length
  return { body, content: content ?? body, decodedBytes }
}

function add(anomalies: string[], kind: string): void {
  if (!anomalies.includes(kind)) anomalies.push(kind)
}
