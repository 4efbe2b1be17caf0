/** The body of a request, bounded in length, in time, and in what all bodies take together. */
import type { Budget } from '../budget.ts'
import { Growing } from '../growing.ts'
import type { Answer, Call } from '../listener/call.ts'

export interface BodyLimits {
  readonly requestBytes: number
  readonly requestMs: number
}

/** Why a body is not read to its end: a counter's name, and the answer. Null: the client has gone. */
export interface Unread {
  readonly why: 'too-long' | 'no-memory' | 'too-slow' | 'aborted'
  readonly answer: Answer | null
}

const RETRY = { 'retry-after': '1' }
const GONE: Unread = { why: 'aborted', answer: null }

/** Calls `done` once: with all of the body, which the caller clears, or with why there is none. */
export function readBody(
  { body, headers }: Pick<Call, 'body' | 'headers'>,
  { requestBytes, requestMs }: BodyLimits,
  held: Budget,
  done: (body: Growing | Unread) => void,
): void {
  if (Number(headers['content-length'] ?? 0) > requestBytes) {
    done(tooLong(requestBytes))
    return
  }
  const kept = new Growing(held)
  const end = (problem: Unread | null): void => {
    clearTimeout(patience)
    body.off('data', take).off('end', whole).off('close', gone).pause()
    if (problem !== null) kept.clear()
    done(problem ?? kept)
  }
  const take = (chunk: Buffer): void => {
    if (kept.length + chunk.length > requestBytes) end(tooLong(requestBytes))
    else if (!kept.add(chunk)) end(NO_MEMORY)
  }
  const whole = (): void => end(null)
  const gone = (): void => end(GONE)
  const patience = setTimeout(() => end(tooSlow(requestMs)), requestMs)
  body.on('data', take).on('end', whole).on('close', gone)
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
