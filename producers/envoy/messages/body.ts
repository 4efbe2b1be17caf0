/** The body of a request, bounded in length, in time, and in what all bodies take together. */
import type { Budget } from '../budget.ts'
import { Growing } from '../growing.ts'
import type { Answer, Call } from '../listener/call.ts'

export interface BodyLimits {
  readonly requestBytes: number
  readonly requestMs: number
}

export interface Body {
  readonly bytes: Uint8Array
  /** Once, when they are no longer needed: gives their memory back. */
  release(): void
}

/** Why a body is not read to its end: a counter's name, and the answer. Null: the client has gone. */
export interface Unread {
  readonly why: 'too-long' | 'no-memory' | 'too-slow' | 'aborted'
  readonly answer: Answer | null
}

const RETRY = { 'retry-after': '1' }
const GONE: Unread = { why: 'aborted', answer: null }

/** Calls `done` once: with all of the body, or with why there is none. */
export function readBody(
  call: Pick<Call, 'body' | 'headers' | 'aborted'>,
  { requestBytes, requestMs }: BodyLimits,
  held: Budget,
  done: (body: Body | Unread) => void,
): void {
  const { body, headers } = call
  const announced = Number(headers['content-length'] ?? -1)
  if (announced > requestBytes) {
    done(tooLong(requestBytes))
    return
  }
  const kept = new Growing(held)
  const end = (result: Body | Unread): void => {
    clearTimeout(patience)
    body.off('data', take).off('end', whole).off('close', gone)
    if ('why' in result) {
      body.pause()
      kept.clear()
    } else body.resume() // to its end, which may still have to be told
    done(result)
  }
  const take = (chunk: Buffer): void => {
    // As it mostly is: all at once. Then it is not copied.
    if (kept.length === 0 && chunk.length === announced && held.take(announced)) end(inOne(chunk, held))
    else if (kept.length + chunk.length > requestBytes) end(tooLong(requestBytes))
    else if (!kept.add(chunk)) end(NO_MEMORY)
  }
  const whole = (): void => end(call.aborted() ? GONE : { bytes: kept.bytes, release: () => kept.clear() })
  const gone = (): void => end(GONE)
  const patience = setTimeout(() => end(tooSlow(requestMs)), requestMs)
  body.on('data', take).on('end', whole).on('close', gone)
}

function inOne(bytes: Buffer, held: Budget): Body {
  return { bytes, release: () => held.give(bytes.length) }
}

const NO_MEMORY: Unread = {
  why: 'no-memory',
  answer: { status: 503, text: 'too many requests are under way (limits.heldBytes)\n', headers: RETRY },
}

function tooLong(most: number): Unread {
  const text = `the body is longer than ${most} bytes (limits.requestBytes)\n`
  return { why: 'too-long', answer: { status: 413, text } }
}

function tooSlow(ms: number): Unread {
  const text = `the body took longer than ${ms} ms (limits.requestMs)\n`
  return { why: 'too-slow', answer: { status: 408, text } }
}
