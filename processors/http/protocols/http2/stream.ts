/** One stream: a request and its response while they are read. Plain data, so that a snapshot is the thing itself. */
import { type Draft, ownDraft, sizeOf } from '../../message/message.ts'

export interface Stream {
  readonly id: number
  /** Null: it was not seen. */
  request: Draft | null
  response: Draft | null
  /** All of the request, of the response was read. */
  readonly done: [boolean, boolean]
  /** Bytes may be missing in this direction since it began: its end may be among them. */
  readonly doubtful: [boolean, boolean]
  /** Announced by the server. */
  pushed: boolean
  /** It was reported; what comes now is a tunnel's. */
  tunnel: boolean
  /** Memory it was last counted with. */
  size: number
}

export function newStream(id: number): Stream {
  return {
    id,
    request: null,
    response: null,
    done: [false, false],
    doubtful: [false, false],
    pushed: false,
    tunnel: false,
    size: 0,
  }
}

export function sizeOfStream({ request, response }: Stream): number {
  return 128 + (request === null ? 0 : sizeOf(request)) + (response === null ? 0 : sizeOf(response))
}

export function ownStream(stream: Stream): Stream {
  return {
    ...stream,
    request: stream.request === null ? null : ownDraft(stream.request),
    response: stream.response === null ? null : ownDraft(stream.response),
    done: [...stream.done],
    doubtful: [...stream.doubtful],
  }
}

/** The message of a direction. */
export function messageOf(stream: Stream, dir: 0 | 1): Draft | null {
  return dir === 0 ? stream.request : stream.response
}

/** Capture time of the last of it, µs. */
export function lastTime({ request, response }: Stream): number {
  return Math.max(request?.last.time ?? 0, response?.last.time ?? 0)
}
