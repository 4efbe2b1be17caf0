/**
 * Fuzz target: the input is a script of both directions of one connection. Whatever it says, the stage does not throw,
 * the cut of the stream and restarts change nothing, and the ledger adds up.
 *
 *   script = *( op u8, length u16be, bytes )        op: bit 0 direction, bits 1-3 what (see below)
 */
import assert from 'node:assert/strict'
import { type Played, play, type Step } from '#test/driver/http.ts'

/** Small limits, so that short inputs reach them. */
const CONFIG = { head: 300, headers: 8, probe: 64, pipeline: 4, protocols: 3, body: { keep: 64, decoded: 1000 } }

export default function target(data: Uint8Array): void {
  const { steps, opener } = script(data)
  const whole = play(steps, { config: CONFIG, opener })
  assert.equal(settled(whole), whole.fed, 'every byte is settled once')
  assert.equal(whole.stage.size(), 0, 'nothing is left of the connection')
  let n = data.length
  const cut = (left: number) => 1 + (((n = (n * 1103515245 + 12345) >>> 0) >>> 16) % Math.min(left, 40))
  let turn = 0
  const pieces = play(steps, { config: CONFIG, opener, cut, restart: () => turn++ % 3 === 0 })
  assert.deepEqual(outcome(pieces), outcome(whole))
  assert.deepEqual(outcome(play(steps, { config: CONFIG, opener, cut: () => 1 })), outcome(whole))
}

export function outcome(played: Played): unknown {
  return { exchanges: played.exchanges, anomalies: played.anomalies, ledger: played.ledger }
}

export function settled(played: Played): number {
  return Object.values(played.ledger).reduce((sum, bytes) => sum + bytes, 0)
}

/** Reads a script; what is no script is taken for bytes of the client. */
export function script(data: Uint8Array): { readonly steps: readonly Step[]; readonly opener: 0 | 1 | null } {
  const steps: Step[] = []
  const opener = ([0, 1, null, 0] as const)[(data[0] ?? 0) & 3] ?? null
  for (let at = 1; at + 3 <= data.length; ) {
    const op = data[at]!
    const length = Math.min((data[at + 1]! << 8) | data[at + 2]!, data.length - at - 3)
    const side = (op & 1) === 0 ? 'c' : 's'
    const bytes = data.subarray(at + 3, at + 3 + length)
    at += 3 + length
    switch ((op >> 1) & 7) {
      case 0:
        steps.push({ gap: side, missing: length })
        break
      case 1:
        steps.push({ wait: length })
        break
      case 2:
        steps.push({ note: side, anomaly: 'tcp.test' })
        break
      default:
        if (length > 0) steps.push(side === 'c' ? { c: bytes } : { s: bytes })
    }
  }
  steps.push({ end: 'both', reason: (['fin', 'rst', 'source', 'idle'] as const)[(data[0] ?? 0) >> 6] ?? 'fin' })
  return { steps, opener }
}

/** A script of these steps: only bytes and gaps, opened by endpoint a. */
function write(steps: readonly Step[]): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(0)]
  for (const step of steps) {
    if ('gap' in step)
      parts.push(Uint8Array.of(step.gap === 'c' ? 0 : 1, step.missing >> 8, step.missing), new Uint8Array(step.missing))
    if (!('c' in step) && !('s' in step)) continue
    const bytes = Buffer.from('c' in step ? step.c : step.s)
    parts.push(Uint8Array.of('c' in step ? 14 : 15, bytes.length >> 8, bytes.length), bytes)
  }
  return Buffer.concat(parts)
}

export function seeds(): readonly Uint8Array[] {
  const get = 'GET /a HTTP/1.1\r\nHost: h\r\n\r\n'
  const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
  const chunked = 'Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: v\r\n\r\n'
  return [
    [{ c: get + get }, { s: ok }, { s: ok }],
    [{ c: `POST /c HTTP/1.1\r\nHost: h\r\n${chunked}` }, { s: `HTTP/1.1 200 OK\r\n${chunked}` }],
    [{ c: get }, { s: ok.slice(0, -1) }, { gap: 's', missing: 40 } as const, { c: get }, { s: ok }],
    [{ c: 'CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\n\r\n' }, { s: 'HTTP/1.1 200 OK\r\n\r\n' }, { c: get }, { s: ok }],
    [{ c: 'GET /simple\r\n' }, { s: '<html>' }],
    [{ c: `POST /c HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n${chunked}${get}` }, { s: ok + ok }],
    [{ c: `POST /u HTTP/1.1\r\nHost: h\r\nContent-Length: 0x3\r\n\r\nabc${get}` }, { s: ok + ok }],
    [{ c: `POST /l HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\nzz\r\n${get}` }, { s: ok }, { s: ok }],
    [{ c: get }, { s: `HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello${ok}` }, { c: get }],
    [{ c: `POST /g HTTP/1.1\r\nHost: h\r\nContent-Encoding: br, deflate\r\nContent-Length: 2\r\n\r\nxx` }, { s: ok }],
  ].map(write)
}
