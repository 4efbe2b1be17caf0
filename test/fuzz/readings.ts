/**
 * Fuzz target of the second reading of a connection: the input is a script of both directions, in which some bytes have two
 * readings. Whatever it says, the stage does not throw, and restarts change nothing; and of the main reading nothing is
 * changed by the other one: same exchanges, same ids, same anomalies, same ledger as if it had not been.
 *
 *   byte 0                who opened the connection, protocols that may be spoken
 *   then per step         op u8 (bit 0 direction, bits 1-3 what) · length u8 · bytes
 */
import assert from 'node:assert/strict'
import http1 from '#processors/http/protocols/http1/index.ts'
import http2 from '#processors/http/protocols/http2/index.ts'
import { blankChunk, type Chunk } from '#schemas/records/chunk.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import { connectionOf, httpStage } from '#test/driver/http.ts'
import type { Driver } from '#test/driver/stage.ts'

/** Small limits, so that short inputs reach them. */
const CONFIG = { head: 300, pipeline: 4, memory: 65_536, body: { keep: 64 }, alternatives: { bytes: 8192, wait: 30 } }
/** What the TCP stage keeps for comparison. */
const KEPT = 512
const MOST_STEPS = 40

export const dictionary = ['GET /a HTTP/1.1\r\nHost: h\r\n\r\n', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok']

/** A request and its response; the request has another reading before it comes, or after; then in pieces. */
export function seeds(): readonly Uint8Array[] {
  const [get, ok] = dictionary.map(text => Buffer.from(text)) as [Buffer, Buffer]
  const step = (op: number, bytes: Uint8Array) => [op, bytes.length, ...bytes]
  const ahead = [0, ...step(8 | 16, get), ...step(11, ok), ...step(10, get), ...step(11, ok)]
  const behind = [0, ...step(10, get), ...step(6, Buffer.from('x HTTP/1.1\r\nHost: h\r\n\r\n')), ...step(11, ok)]
  const pieces = [0, ...[...get].flatMap(byte => [...step(10, Uint8Array.of(byte)), ...step(6, Uint8Array.of(65))])]
  return [ahead, behind, [...pieces, ...step(11, ok)]].map(bytes => Uint8Array.from(bytes))
}

type Change = Partial<Chunk> & { readonly dir: 0 | 1; readonly wait?: number }

export default function fuzzReadings(data: Uint8Array): void {
  const first = data[0] ?? 0
  const opener = ([0, 1, null, 0] as const)[first & 3]!
  const changes = script(data)
  const run = (some: readonly Change[], restarts: boolean): Driver => {
    const stage = httpStage(CONFIG, (first & 4) === 0 ? [http1] : [http1, http2])
    feed(stage, some, opener, restarts)
    assert.equal(stage.size(), 0, 'nothing is left of the connection')
    return stage
  }
  const both = run(changes, false)
  const restarted = run(changes, true)
  assert.deepEqual(restarted.out, both.out)
  const alone = run(
    changes.filter(({ kind }) => kind !== 'alternative'),
    false,
  )
  const main = both.out.filter(({ value }) => !(value as Exchange).id.includes('~'))
  assert.deepEqual(main, alone.out)
  assert.deepEqual(both.ledger.counts(), alone.ledger.counts())
  const ids = both.out.map(({ value }) => (value as Exchange).id)
  assert.equal(new Set(ids).size, ids.length, 'every id once')
}

function feed(stage: Driver, changes: readonly Change[], opener: 0 | 1 | null, restarts: boolean): void {
  const connection = connectionOf(opener, [40_000, 80])
  let time = 1_000_000
  let [step, packet] = [0, 0]
  for (const { wait = 0, ...change } of changes) {
    step++
    if (change.kind !== 'alternative') packet++
    if (wait > 0) {
      stage.advance((time += wait))
      continue
    }
    // Between the other reading of what comes next and that itself nothing can come.
    const ahead = change.kind === 'alternative' && change.back === 0
    stage.feed({ ...blankChunk(connection), packet, time, ...change }, time)
    if (restarts && !ahead && step % 3 !== 0) stage.restart()
  }
}

function script(data: Uint8Array): Change[] {
  const changes: Change[] = []
  const kept: [Uint8Array, Uint8Array] = [new Uint8Array(0), new Uint8Array(0)]
  for (let at = 1; at + 2 <= data.length && changes.length < MOST_STEPS; ) {
    const op = data[at]!
    const dir = (op & 1) as 0 | 1
    const bytes = data.slice(at + 2, at + 2 + data[at + 1]!)
    at += 2 + bytes.length
    const what = (op >> 1) & 7
    if (what === 0) changes.push({ dir, wait: bytes.length * 500_000 + 1 })
    else if (what === 1) changes.push({ dir, kind: 'anomaly', anomaly: 'tcp.test' })
    else if (what === 2 && bytes.length > 0) {
      changes.push({ dir, kind: 'gap', missing: bytes.length })
      kept[dir] = new Uint8Array(0)
    } else if (what === 3 && kept[dir].length > 0) {
      changes.push(behind(dir, kept[dir], bytes, (op & 16) !== 0))
    } else if (bytes.length > 0) {
      if (what === 4) changes.push({ dir, kind: 'alternative', bytes: bytes.map(byte => byte ^ (op >> 4)), back: 0 })
      changes.push({ dir, kind: 'data', bytes })
      kept[dir] = Uint8Array.from([...kept[dir], ...bytes]).slice(-KEPT)
    }
  }
  for (const dir of [0, 1] as const) changes.push({ dir, kind: 'end', reason: 'fin' })
  return changes
}

/** Another reading of what was kept: its end is `bytes`. */
function behind(dir: 0 | 1, kept: Uint8Array, bytes: Uint8Array, contradicts: boolean): Change {
  const other = kept.slice()
  other.set(bytes.subarray(0, other.length), other.length - Math.min(bytes.length, other.length))
  return { dir, kind: 'alternative', bytes: other, back: other.length, contradicts }
}
