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
import { Ended, type Side } from './side.ts'

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
 * Bytes behind an end that is not certain. The receiver takes them and drops the FIN or RST (RFC 5961 §3.2 for RST):
 * believing it would hide the bytes from us and not from him.
 */
export function contradicted(side: Side, end: number): boolean {
  return side.state !== Ended && end > side.endAt
}

/** The FIN or RST was forged: what its sender says behind it tells. */
export function reopen(side: Side, out: Out): void {
  if (side.endReason === 'fin') out.anomaly(side, side.ending ? 'tcp.fin-ignored' : 'tcp.data-after-fin')
  else {
    out.anomaly(side, side.ending ? 'tcp.rst-ignored' : 'tcp.rst-out-of-window')
    side.flow.peer(side.dir).cut = false
  }
  side.endAt = Number.POSITIVE_INFINITY
  side.endSince = Number.POSITIVE_INFINITY
  side.endPlace = null
}
