/**
 * Bytes before the position of a direction: given before, or of a hole that was given up (or before the start).
 *
 * Given bytes that come again before they were acknowledged are compared with what is kept of them (recent.ts): the receiver
 * may have got the first ones, or these.
 */
import type { Out } from './out.ts'
import type { Recent } from './recent.ts'
import type { Side } from './side.ts'

/** µs of silence after which a byte before the next one is a keep-alive. Probes are sent at least a second apart. */
const KEEP_ALIVE = 1_000_000

/** Settles `bytes` at position `at`, all of them before `side.position`. */
export function repeated(side: Side, at: number, bytes: Uint8Array, out: Out): void {
  const to = at + bytes.length
  const before = Math.max(0, Math.min(to, side.start) - at)
  const late = before + (side.gaps?.within(Math.max(at, side.start), to) ?? 0)
  if (late > 0) {
    out.settle('gap', late)
    out.count('tcp.late')
  }
  out.settle('duplicate', bytes.length - late)
  const { recent } = side
  if (recent !== null && to > recent.from && !keepAlive(side, at, bytes.length, out))
    compare(side, recent, at, bytes, out)
}

/** A keep-alive: the byte before the next one, with any value, after silence (RFC 9293 §3.8.4). */
function keepAlive(side: Side, at: number, length: number, out: Out): boolean {
  return length === 1 && at === side.position - 1 && out.now - side.flow.last >= KEEP_ALIVE
}

function compare(side: Side, recent: Recent, at: number, bytes: Uint8Array, out: Out): void {
  if (at < recent.from) out.count('tcp.retransmission-unchecked')
  if (!recent.differs(at, bytes)) return
  out.anomaly(side, 'tcp.retransmission-conflict')
  if (out.config.overlap === 'first') return
  const verdict = recent.diverge(at, bytes)
  if (verdict !== 'known') out.alternativeBehind(side, recent.inOrder(recent.other!), verdict === 'third')
}
