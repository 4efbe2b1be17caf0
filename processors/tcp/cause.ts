/**
 * What was said first. A segment acknowledges what its sender had got before: when that is more than was given of the other
 * direction, bytes are still to come that it answers. They come late where a capture mixes directions (two mirror ports, two
 * interfaces, two sensors whose clocks or batches differ), or never, where it lost them. So the segment waits for them,
 * `gapWait` of stream time at most.
 *
 * Whoever was waited for in vain is not waited for again.
 */
import type { Config } from './config.ts'
import type { Piece } from './pieces.ts'
import { Open, type Side } from './side.ts'

/** Nothing to wait for. */
export const NO_CAUSE = Number.NEGATIVE_INFINITY

/** The position of `peer` before which everything was sent earlier than a segment that acknowledges `ack`. */
export function causeOf(peer: Side, ack: number, config: Config): number {
  if (peer.state !== Open || !peer.seen) return NO_CAUSE
  const at = peer.locate(ack)
  return at > peer.position && at - peer.position <= config.maxWindow && at > peer.forgiven ? at : NO_CAUSE
}

/** Whether everything that the piece answers was given. */
export function caused(piece: Piece, peer: Side): boolean {
  // A FIN is acknowledged like a byte.
  return piece.cause <= peer.position || peer.state !== Open || peer.ending || piece.cause <= peer.forgiven
}
