/**
 * The table of cases: frames in hexadecimal digits behind a handshake. `gives`: one line per message,
 *
 *   from kind FRAMESxBYTES(decoded) code "content" : anomalies
 *
 * `ledger`: without the bytes of the handshake.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Exchange } from '#schemas/records/exchange.ts'
import { type Played, play, type Step } from '#test/driver/http.ts'
import http1 from '../http1/index.ts'
import cases from './cases.json' with { type: 'json' }
import websocket from './index.ts'
import { agrees, asks } from './testdata/frames.ts'

interface Case {
  readonly group?: string
  readonly title?: string
  readonly extensions?: string
  /** Default: what is agreed on. */
  readonly offered?: string
  readonly config?: object
  readonly steps?: readonly Step[]
  readonly gives?: readonly string[]
  readonly anomalies?: readonly string[]
  readonly ledger?: Readonly<Record<string, number>>
}

let group = ''
for (const row of cases as unknown as readonly Case[]) {
  if (row.group !== undefined) group = row.group
  else test(`${group}: ${row.title}`, () => check(row))
}

function check(row: Case): void {
  const extensions = row.extensions ?? ''
  const handshake = [{ c: asks(row.offered ?? extensions) }, { s: agrees(extensions) }]
  const steps: Step[] = [...handshake, ...(row.steps ?? []).map(bytesOf), { end: 'both' }]
  const options = { config: row.config ?? {}, protocols: [http1, websocket] }
  const want = { gives: row.gives, anomalies: row.anomalies ?? [], ledger: row.ledger }
  const spoken = handshake.reduce((sum, step) => sum + ('c' in step ? step.c : step.s).length, 0)
  assert.deepEqual(outcome(play(steps, options), spoken), want)
  assert.deepEqual(
    outcome(play(steps, { ...options, cut: () => 1, restart: () => true }), spoken),
    want,
    'byte by byte',
  )
}

function bytesOf(step: Step): Step {
  if ('c' in step) return { c: Buffer.from(String(step.c).replaceAll(' ', ''), 'hex') }
  if ('s' in step) return { s: Buffer.from(String(step.s).replaceAll(' ', ''), 'hex') }
  return step
}

function outcome(
  { exchanges, anomalies, ledger, fed }: Played,
  spoken: number,
): Pick<Case, 'gives' | 'anomalies' | 'ledger'> {
  const [handshake, ...messages] = exchanges
  assert.equal(handshake?.response?.status, 101)
  assert.equal(handshake.message, null)
  for (const { message, request } of messages) {
    assert.equal(message?.exchange, handshake.id)
    assert.deepEqual([request.target, request.headers], [handshake.request.target, handshake.request.headers])
  }
  const bytes = Object.values(ledger).reduce((sum, n) => sum + n, 0)
  assert.equal(bytes, fed, 'every byte is settled once')
  const inspected = (ledger.inspected ?? 0) - spoken
  const { inspected: _, ...rest } = ledger
  return {
    gives: messages.map(line),
    anomalies: anomalies.map(({ anomaly }) => anomaly),
    ledger: inspected === 0 ? rest : { ...rest, inspected },
  }
}

function line({ message, request, response, anomalies }: Exchange): string {
  const { from, kind, frames, code } = message!
  const { bodyBytes, decodedBytes, content } = from === 'client' ? request : response!
  const text = Buffer.from(content ?? [])
    .toString('latin1')
    .replace(/[^ -~]/g, char => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
  const decoded = decodedBytes === null ? '' : `(${decodedBytes})`
  const said = code === null ? '' : ` ${code}`
  return `${from} ${kind} ${frames}x${bodyBytes}${decoded}${said} "${text}" : ${anomalies.join(' ') || '-'}`
}
