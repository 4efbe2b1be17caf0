/** Commands and answers in the words of an exchange, so that enrichment and detection need not know this protocol. */
import type { ProtocolExchange, Span } from '#schemas/contracts/protocol.ts'
import type { Message } from '#schemas/records/exchange.ts'

export interface Command {
  readonly line: string
  readonly span: Span
}

export type Answer = Command

const NO_BODY: Message = {
  version: '1',
  headers: [],
  trailers: [],
  bodyBytes: 0,
  decodedBytes: null,
  body: null,
  content: null,
}

/** An answer that does not start with three digits has the status 0. */
const STATUS = /^(\d{3})(?: |$)/

export function exchangeOf(command: Command, answer: Answer | null, anomalies: readonly string[]): ProtocolExchange {
  const [method, key] = splitOnce(command.line)
  const status = Number(STATUS.exec(answer?.line ?? '')?.[1] ?? 0)
  return {
    request: { ...NO_BODY, method, target: key, path: key, query: null },
    response: answer === null ? null : { ...NO_BODY, status, reason: splitOnce(answer.line)[1] },
    stream: null,
    authority: '',
    requestSpan: command.span,
    responseSpan: answer?.span ?? null,
    anomalies,
  }
}

function splitOnce(line: string): readonly [string, string] {
  const blank = line.indexOf(' ')
  return blank < 0 ? [line, ''] : [line.slice(0, blank), line.slice(blank + 1)]
}
