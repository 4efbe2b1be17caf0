/**
 * What a SYN or RST means to a connection that is known (RFC 9293 §3.5, §3.10.7; RFC 5961 §3, §4).
 *
 * A SYN with a sequence number of its own begins something new, if the old connection may be over: a side has ended, the
 * handshake was never completed, or nothing was heard for reuseIdle. On a connection that lives, its receiver would
 * ignore it (a challenge ACK), and so does this stage, until the receiver answers with a SYN-ACK for it.
 */
import { ACK, FIN, RST, type Segment } from '#schemas/records/segment.ts'
import { Established, type Flow, HalfOpen } from './flow.ts'
import type { Out } from './out.ts'
import { advance, distance } from './seq.ts'
import { AwaitingStart, Ended } from './side.ts'

/** Data that may come with a SYN (TCP Fast Open, RFC 7413): how far an acknowledgement may lie beyond it. */
const FAST_OPEN = 65_535

/** `here`: the segment belongs to this connection; `ignore`: its receiver drops it; `new`: it begins another one. */
export type Verdict = 'here' | 'ignore' | 'new'

/** A segment with SYN. Opens the direction where it belongs here. */
export function synchronise(flow: Flow, segment: Segment, out: Out): Verdict {
  const side = flow.side(segment.dir)
  if ((segment.flags & (FIN | RST)) !== 0) {
    out.anomaly(side, 'tcp.bad-flags')
    return 'ignore'
  }
  const peer = flow.peer(segment.dir)
  const answers = (segment.flags & ACK) !== 0
  if (answers && answersChallenge(flow, segment)) return 'new'
  if (side.isn === segment.seq) return 'here'
  const base = advance(segment.seq, 1)
  if (answers && peer.isn >= 0) {
    const ahead = distance(advance(peer.isn, 1), segment.ack)
    if (ahead < 0 || ahead > FAST_OPEN) return begins(flow, segment, out, 'tcp.syn-ack-mismatch')
  }
  const late = side.state !== AwaitingStart && side.isn < 0 && side.startsAt(base, out.config) && young(flow, out)
  if (late) {
    side.isn = segment.seq
    return 'here'
  }
  // A server with SYN cookies may answer a repeated SYN with another sequence number (RFC 4987 §3.6): the last one counts.
  const again = answers && flow.tier !== Established && side.untouched
  const fits = side.state === AwaitingStart && side.startsAt(base, out.config)
  if (!fits && !again) return begins(flow, segment, out, 'tcp.syn-in-connection')
  if (flow.connection === null) flow.opener ??= answers ? peer.dir : side.dir
  side.open(base, segment.seq, out)
  if (answers) peer.hint(segment.ack, out)
  return 'here'
}

/** A segment with RST and without SYN: ends both directions, if the receiver would accept it. */
export function reset(flow: Flow, segment: Segment, out: Out): void {
  const side = flow.side(segment.dir)
  const peer = flow.peer(segment.dir)
  if (flow.closed) return
  if (!acceptable(flow, segment, out)) {
    out.anomaly(side, 'tcp.rst-out-of-window')
    return
  }
  const refusal = !side.anchored && segment.seq === 0
  if (refusal) side.cutOff(null, out)
  else side.close(segment.seq, 'rst', false, out)
  peer.cutOff((segment.flags & ACK) !== 0 ? segment.ack : null, out)
}

function acceptable(flow: Flow, segment: Segment, out: Out): boolean {
  const side = flow.side(segment.dir)
  if (side.state === Ended) {
    // After its FIN a side resets at the sequence number after the FIN, or, if its process is gone, where it is asked.
    const ahead = distance(side.next, segment.seq)
    return ahead >= 0 && ahead <= out.config.maxWindow
  }
  if (side.anchored) {
    const ahead = distance(side.next, segment.seq)
    return side.state === AwaitingStart
      ? Math.abs(ahead) <= out.config.maxWindow
      : ahead >= 0 && ahead <= out.config.maxWindow
  }
  // The refusal of a SYN has sequence number 0 and is known by what it acknowledges (RFC 9293 §3.10.7.1).
  const peer = flow.peer(segment.dir)
  if (!peer.anchored || (segment.flags & ACK) === 0) return !peer.anchored
  const acked = distance(peer.next, segment.ack)
  return acked >= -FAST_OPEN && acked <= FAST_OPEN
}

/** A SYN-ACK for the SYN that was ignored: it was real. */
export function answersChallenge(flow: Flow, segment: Segment): boolean {
  const challenge = flow.challenge
  return challenge !== null && challenge.dir !== segment.dir && advance(challenge.seq, 1) === segment.ack
}

/** A SYN that does not fit what is known. */
function begins(
  flow: Flow,
  segment: Segment,
  out: Out,
  kind: 'tcp.syn-in-connection' | 'tcp.syn-ack-mismatch',
): Verdict {
  if (finished(flow) || out.now - flow.last >= out.config.reuseIdle) return 'new'
  if ((segment.flags & ACK) === 0) flow.challenge = { dir: segment.dir, seq: segment.seq }
  if (!flow.closing) out.anomaly(flow.side(segment.dir), kind)
  return 'ignore'
}

/** Nothing can be hidden by believing that the connection is over. */
function finished(flow: Flow): boolean {
  if (flow.a.state === Ended || flow.b.state === Ended || flow.tier === HalfOpen) return true
  // Whether a FIN or RST was accepted, and the SYN after it, tells the answer of the other side, if that is captured.
  return flow.closing && (flow.connection === null || !flow.a.seen || !flow.b.seen)
}

/** A SYN later than this after the first packet is no reordering. */
function young(flow: Flow, out: Out): boolean {
  return out.now - flow.since <= out.config.halfOpenTimeout
}
