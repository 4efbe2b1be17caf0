/**
 * When a direction is over. A FIN or RST ends it for whoever accepts the packet, and a forged one is not accepted: it did
 * not reach the receiver, or carries a wrong checksum or sequence number for him (RFC 5961). So neither is believed when it
 * is seen; what its sender, or its receiver, does next tells.
 *
 *               all before it was given                 acknowledged, or the other direction has ended
 *   FIN seen ─────────────────────────► Ending (fin) ──────────────────────────────────────────────────► Ended
 *   RST seen ─────────────────────────► Ending (rst) ── linger of silence, or the connection is over ──► Ended
 *                                            │
 *                                            └── its sender goes on from there ──► Open: it was forged (anomaly)
 *
 * The other direction of a RST is cut: its receiver is gone, and what it still had under way is read; it ends with the
 * first one.
 */
import type { EndReason } from '#schemas/records/chunk.ts'
import type { Out } from './out.ts'
import { Ended, Open, type Side } from './side.ts'

/** A FIN that its receiver knows of, or that hides nothing any more. */
export function believed(side: Side): boolean {
  if (side.endReason !== 'fin' || !side.ending) return false
  return side.acked > side.endAt || side.flow.peer(side.dir).state === Ended
}

/** Why a direction ends that would end for `reason` otherwise. */
export function reasonOf(side: Side, reason: EndReason): EndReason {
  if (side.ending) return side.endReason
  return side.cut ? 'rst' : reason
}

/**
 * Bytes across, or behind, an end that is not certain. The receiver takes them and drops the FIN or RST (RFC 5961 §3.2 for
 * RST): believing it would hide the bytes from us and not from him. Behind a hole, bytes say nothing about a FIN or RST.
 */
export function contradicted(side: Side, at: number, end: number): boolean {
  if (side.state !== Open || end <= side.endAt) return false
  return at <= side.endAt || side.ending
}

/** The FIN or RST was forged: bytes at position `at` say so. */
export function reopen(side: Side, at: number, out: Out): void {
  if (side.endReason === 'fin') out.anomaly(side, at < side.endAt ? 'tcp.data-after-fin' : 'tcp.fin-ignored')
  else {
    out.anomaly(side, at < side.endAt ? 'tcp.rst-out-of-window' : 'tcp.rst-ignored')
    side.flow.peer(side.dir).cut = false
  }
  side.endAt = Number.POSITIVE_INFINITY
  side.endSince = Number.POSITIVE_INFINITY
  side.endPlace = null
}
