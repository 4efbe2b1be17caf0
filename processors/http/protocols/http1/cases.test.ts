/**
 * The table of cases. `gives`: one line per exchange,
 *
 *   METHOD host target VERSION +body > STATUS VERSION +body(decoded) : anomalies
 *
 * with `-` for what is not there. Strings of steps are Latin-1: a character is a byte.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Exchange, Header } from '#schemas/records/exchange.ts'
import type { LedgerCounts } from '#schemas/records/ledger.ts'
import { type Played, play, type Step } from '#test/driver/http.ts'
import cases from './cases.json' with { type: 'json' }

interface Case {
  readonly name: string
  /** Section of the rule, or what else decides it. */
  readonly rfc: string
  readonly steps: readonly Step[]
  readonly opener?: 0 | 1 | null
  readonly config?: unknown
  readonly gives: readonly string[]
  /** Anomalies that belong to no exchange. */
  readonly anomalies?: readonly string[]
  readonly ledger: LedgerCounts
  /** Of the first request. */
  readonly headers?: readonly Header[]
  readonly trailers?: readonly Header[]
}

function line({ request, response, host, anomalies }: Exchange): string {
  const sent = `${request.method || '-'} ${host || '-'} ${request.target || '-'} ${request.version || '-'}`
  const decoded = response?.decodedBytes === null || response === null ? '' : `(${response.decodedBytes})`
  const got = response === null ? '-' : `${response.status} ${response.version} +${response.bodyBytes}${decoded}`
  return `${sent} +${request.bodyBytes} > ${got} : ${anomalies.join(' ') || '-'}`
}

function outcome(played: Played): Pick<Case, 'gives' | 'anomalies' | 'ledger'> {
  return {
    gives: played.exchanges.map(line),
    anomalies: played.anomalies.map(({ anomaly }) => anomaly),
    ledger: played.ledger,
  }
}

for (const one of cases as unknown as readonly Case[]) {
  test(`${one.name} (${one.rfc})`, () => {
    const options = { config: one.config ?? {}, ...(one.opener === undefined ? {} : { opener: one.opener }) }
    const want = { gives: one.gives, anomalies: one.anomalies ?? [], ledger: one.ledger }
    const played = play(one.steps, options)
    assert.deepEqual(outcome(played), want)
    assert.deepEqual(outcome(play(one.steps, { ...options, cut: () => 1 })), want)
    const request = played.exchanges[0]?.request
    if (one.headers !== undefined) assert.deepEqual(request?.headers, one.headers)
    if (one.trailers !== undefined) assert.deepEqual(request?.trailers, one.trailers)
  })
}
