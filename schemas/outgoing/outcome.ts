/**
 * What an answer says about what was sent:
 *
 *   2xx                            delivered
 *   400 411 413 414 415 422 431    refused: about what was sent, the same again would be refused again
 *   401 407                        Retryable `unauthorized`: a token can be mended
 *   403                            Retryable `forbidden`, answered: a token, or a firewall that takes a record for an attack
 *   408 425                        Retryable `timeout`
 *   429 503                        Retryable `throttled`, perhaps with retryAfter
 *   other 5xx                      Retryable `server-error`, answered
 *   3xx 404 405 410, all others    Retryable `unexpected-answer`, answered: mostly a wrong address, which can be mended
 *
 * Redirects are not followed: they could carry secrets to somebody else. `answered` lets the runtime find out whether a single record is
 * the cause; while nothing at all is taken, everything waits in the log. So a mistyped address sends nothing to `dead`.
 */
import { Retryable } from '#schemas/contracts/errors.ts'
import type { Answer } from './client.ts'
import { retryAfterMs } from './retry-after.ts'
import { plainText } from './text.ts'

export type Outcome = { readonly refused: null } | { readonly refused: string }

const REFUSED: ReadonlySet<number> = new Set([400, 411, 413, 414, 415, 422, 431])

/** `who`: the other side, for messages. `now`: ms since 1970. Throws `Retryable`. */
export function outcomeOf(answer: Answer, who: string, now: number = Date.now()): Outcome {
  const { status } = answer
  if (status >= 200 && status < 300) return { refused: null }
  const said = saidBy(answer)
  if (REFUSED.has(status)) return { refused: said }
  const retry = (
    reason: string,
    advice: string,
    options: { retryAfter?: number; answered?: boolean } = {},
  ): Retryable => new Retryable(reason, `${who} answers ${said}${advice}`, options)
  const wait = retryAfterMs(answer.headers['retry-after'], now)
  if (status === 429 || status === 503) throw retry('throttled', '', wait === null ? {} : { retryAfter: wait })
  if (status === 408 || status === 425) throw retry('timeout', '')
  if (status === 401 || status === 407)
    throw retry('unauthorized', ': check the token or password that is configured for it')
  if (status === 403) {
    throw retry('forbidden', ': check what its token may do, and whether a firewall stands in front of it', {
      answered: true,
    })
  }
  if (status >= 500) throw retry('server-error', '', { answered: true })
  throw retry('unexpected-answer', `: check the address${elsewhere(answer)}`, { answered: true })
}

/** `HTTP 413: what it said`. */
export function saidBy({ status, body }: Answer): string {
  const text = plainText(body.toString('utf8'))
  return text === '' ? `HTTP ${status}` : `HTTP ${status}: ${text}`
}

function elsewhere({ status, headers }: Answer): string {
  const { location } = headers
  return status < 400 && location !== undefined ? ` (it points to ${plainText(location, 200)})` : ''
}
