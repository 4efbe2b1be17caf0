/**
 * Segments in, chunks out: finds the flow of a segment, hands it the segment, keeps the bounds.
 *
 * What is derived from the state (the table) belongs to one `ctx`: a new one, after a restart, builds it anew.
 */
import type { Cell, Ctx, Processor } from '#schemas/contracts/processor.ts'
import { decodeAbout } from '#schemas/records/about.ts'
import { deterministicId } from '#schemas/records/id.ts'
import { ACK, FIN, KIND, PSH, RST, type Segment, SYN, URG } from '#schemas/records/segment.ts'
import { causeOf, NO_CAUSE } from './cause.ts'
import { Chunks } from './chunks.ts'
import { type Config, toMicroseconds } from './config.ts'
import { Closed, Established, Flow, HalfOpen } from './flow.ts'
import { answersChallenge, reset, synchronise } from './handshake.ts'
import { advance, distance } from './seq.ts'
import { Shelf } from './shelf.ts'
import { Open } from './side.ts'
import { fromPlain, toPlain } from './snapshot.ts'
import { type Origin, Reader, sameOrigin } from './sources.ts'
import { Table } from './table.ts'

/** Most flows that may share a key. An honest hash of 53 bits never needs the second. */
const COLLIDING = 4
/** Flags that need thought. */
const MARKS = SYN | FIN | RST | URG

type Plain = ReturnType<typeof toPlain>

export class Tcp implements Processor<Segment, Flow> {
  readonly #config: Config
  #ctx: Ctx<Flow> | null = null
  #out!: Chunks
  #table!: Table
  readonly #reader = new Reader()
  #origin: Origin = this.#reader.origin

  constructor(config: Config) {
    this.#config = toMicroseconds(config)
  }

  /** Payload bytes that wait for others (`pending` of this stage), open flows, and the memory of what waits. */
  get load(): { readonly held: number; readonly flows: number; readonly halfOpen: number; readonly cost: number } {
    const { held, size, halfOpen, cost } = this.#table
    return { held, flows: size, halfOpen, cost }
  }

  process(segment: Segment, ctx: Ctx<Flow>): void {
    if (ctx !== this.#ctx) this.#adopt(ctx)
    if (segment.kind > KIND.stream) {
      this.#mark(segment, ctx)
      return
    }
    this.#out.at(segment)
    this.#origin = this.#reader.at(segment)
    const cell = ctx.state.get(segment.key)
    const flow = cell === undefined ? null : find(cell.value, segment)
    if (flow === null) {
      this.#begin(segment, cell, ctx)
      return
    }
    if (flow.tier === Established && flow === cell!.value && flow.other === null && this.#calm(flow, segment, ctx)) {
      ctx.state.wake(cell!, flow.last + this.#config.idleTimeout)
      return
    }
    this.#receive(flow, cell!, segment, ctx)
  }

  expire(cell: Cell<Flow>, ctx: Ctx<Flow>): void {
    if (ctx !== this.#ctx) this.#adopt(ctx)
    this.#out.atTimer()
    for (const flow of chain(cell.value)) {
      if (flow.expiry(this.#config) > ctx.now) {
        flow.due(this.#out)
        this.#settle(flow)
      } else this.#finish(flow, 'idle', ctx)
    }
    this.#wake(cell, ctx)
  }

  snapshot(flow: Flow): Plain {
    return toPlain(flow)
  }

  restore(plain: unknown): Flow {
    return fromPlain(plain as Plain, this.#config.recentBytes)
  }

  /** In order, nothing waits, no flags, both sides open: the way of nearly all segments. False: not taken. */
  #calm(flow: Flow, segment: Segment, ctx: Ctx<Flow>): boolean {
    const side = flow.side(segment.dir)
    const peer = flow.peer(segment.dir)
    const { length } = segment
    if ((segment.flags & MARKS) !== 0 || !side.calm || !peer.calm || segment.wireLength !== length) return false
    const ahead = (segment.flags & ACK) === 0 ? 0 : distance(peer.next, segment.ack)
    if (length > 0) {
      if (segment.seq !== side.next || ahead > 0) return false
      side.position += length
      side.next = advance(side.next, length)
      this.#out.data(side, segment.payload, null, this.#out.here)
    }
    if (ahead > 0) peer.acknowledged(segment.ack, this.#out)
    else if (ahead === 0 && peer.recent !== null && (segment.flags & ACK) !== 0) this.#out.release(peer.recent)
    if (this.#origin !== flow.feeding[0]) flow.fed(this.#origin)
    flow.last = ctx.now
    return true
  }

  #receive(flow: Flow, cell: Cell<Flow>, segment: Segment, ctx: Ctx<Flow>): void {
    const out = this.#out
    const side = flow.side(segment.dir)
    const ordered = segment.kind === KIND.stream
    let { seq } = segment
    if (ordered) {
      if (side.state !== Open && (segment.flags & SYN) !== 0 && flow.connection === null) flow.opener ??= segment.dir
    } else if ((segment.flags & SYN) !== 0) {
      const verdict = synchronise(flow, segment, out)
      if (verdict === 'new') {
        this.#replace(flow, segment, ctx)
        return
      }
      if (verdict === 'ignore') {
        out.settle('damaged', segment.length)
        this.#settle(flow)
        this.#wake(cell, ctx)
        return
      }
      seq = advance(seq, 1)
    }
    side.seen = true
    if (this.#origin !== flow.feeding[0]) flow.fed(this.#origin)
    if ((segment.flags & RST) !== 0) {
      // Text that explains the reset (RFC 9293 §3.10.7.4) is no part of the stream.
      out.settle('unsupported', segment.length)
      if (ordered) for (const one of [side, flow.peer(segment.dir)]) one.finish('rst', out)
      else reset(flow, segment, out)
    } else {
      const peer = flow.peer(segment.dir)
      if ((segment.flags & ACK) !== 0) peer.acknowledged(segment.ack, out)
      const answers = !ordered && (segment.flags & (SYN | ACK)) === ACK
      const cause = answers ? causeOf(peer, segment.ack, this.#config) : NO_CAUSE
      const wire = Math.max(segment.wireLength, segment.length)
      if ((segment.flags & URG) !== 0 && wire > 0) out.anomaly(side, 'tcp.urgent')
      if (wire > 0) side.data(seq, segment.payload, wire, ordered, cause, out)
      if ((segment.flags & FIN) !== 0) side.close(advance(seq, wire), 'fin', ordered, out)
    }
    flow.follow(out)
    flow.last = ctx.now
    if (flow.tier === HalfOpen && (ordered || this.#answered(flow, segment))) this.#table.move(flow, Established)
    this.#settle(flow)
    this.#spare(ctx)
    this.#wake(cell, ctx)
  }

  /** The side that began speaks again after the other: both exist. */
  #answered(flow: Flow, segment: Segment): boolean {
    return segment.dir === flow.first && (segment.flags & (SYN | RST)) === 0 && flow.peer(segment.dir).seen
  }

  /** A segment of no known flow. Acknowledgements and resets, the rest of a finished connection, begin none. */
  #begin(segment: Segment, cell: Cell<Flow> | undefined, ctx: Ctx<Flow>, again = 0): void {
    const { flags, length } = segment
    const packet = segment.kind === KIND.packet
    if (packet && (flags & SYN) !== 0 && (flags & (FIN | RST)) !== 0) {
      ctx.count('tcp.bad-flags')
      this.#out.settle('damaged', length)
      return
    }
    if ((flags & RST) !== 0) {
      this.#out.settle('unsupported', length)
      return
    }
    if ((flags & (SYN | FIN)) === 0 && Math.max(length, segment.wireLength) === 0) return
    const others = cell === undefined ? 0 : chain(cell.value).length
    if (others > 0) ctx.count('tcp.flows.collided')
    if (others >= COLLIDING) {
      this.#out.settle('budget', length)
      return
    }
    this.#makeRoom(ctx)
    this.#out.at(segment)
    const opened = this.#open(segment, ctx, again)
    const own = ctx.state.get(segment.key)!
    if (segment.kind === KIND.about) this.#introduce(opened, own, segment, ctx)
    else this.#receive(opened, own, segment, ctx)
  }

  /** What its source knows of a connection. */
  #introduce(flow: Flow, cell: Cell<Flow>, segment: Segment, ctx: Ctx<Flow>): void {
    const about = decodeAbout(segment.payload)
    if (about === null) ctx.count('tcp.about.malformed')
    else flow.learn(about)
    if ((segment.flags & SYN) !== 0 && flow.connection === null) flow.opener = segment.dir
    this.#out.settle('framing', segment.length)
    if (flow.tier === HalfOpen) this.#table.move(flow, Established)
    this.#wake(cell, ctx)
  }

  #open(segment: Segment, ctx: Ctx<Flow>, again: number): Flow {
    const { key, dir, time } = segment
    const cell = ctx.state.get(key)
    const identity = segment.identityBytes()
    const origin = this.#origin
    const server = (segment.flags & (SYN | ACK)) === (SYN | ACK)
    const first = server ? (dir === 0 ? 1 : 0) : dir
    const taken = cell !== undefined && chain(cell.value).some(flow => flow.connectionKey === key)
    const connectionKey = taken ? keyOf(origin.sensor, identity) : key
    const flow = new Flow(identity, origin, key, connectionKey, time, again, first, ctx.now)
    if (cell === undefined) ctx.state.open(key, flow)
    else {
      flow.other = cell.value
      cell.value = flow
      ctx.state.touch(cell)
    }
    this.#table.add(flow)
    ctx.count('tcp.flows.opened')
    return flow
  }

  /** A new connection between the same endpoints. */
  #replace(old: Flow, segment: Segment, ctx: Ctx<Flow>): void {
    const again = old.since === segment.time ? old.again + 1 : 0
    const answered = answersChallenge(old, segment) ? old.challenge : null
    this.#finish(old, 'reused', ctx)
    this.#begin(segment, ctx.state.get(segment.key), ctx, again)
    if (answered === null) return
    // The SYN that was ignored, because nobody had answered it then.
    const cell = ctx.state.get(segment.key)!
    find(cell.value, segment)!.side(answered.dir).open(advance(answered.seq, 1), answered.seq, this.#out)
    this.#wake(cell, ctx)
  }

  #mark(segment: Segment, ctx: Ctx<Flow>): void {
    if (segment.kind === KIND.about) this.#about(segment, ctx)
    if (segment.kind !== KIND.end) return
    const origin = this.#reader.at(segment)
    this.#out.at(segment)
    for (const flow of this.#table.flows()) {
      const cell = ctx.state.get(flow.key)!
      if (!flow.feeding.some(one => sameOrigin(one, origin))) continue
      if (flow.starved(origin)) this.#finish(flow, 'source', ctx)
      this.#wake(cell, ctx)
    }
  }

  /** Unless it goes on, whatever was between these endpoints is over: who says this counts its bytes anew. */
  #about(segment: Segment, ctx: Ctx<Flow>): void {
    this.#out.at(segment)
    this.#origin = this.#reader.at(segment)
    const cell = ctx.state.get(segment.key)
    const old = cell === undefined ? null : find(cell.value, segment)
    if (old === null) this.#begin(segment, cell, ctx)
    else if ((segment.flags & PSH) !== 0) this.#introduce(old, cell!, segment, ctx)
    else this.#replace(old, segment, ctx)
  }

  #finish(flow: Flow, reason: 'idle' | 'reused' | 'source', ctx: Ctx<Flow>): void {
    flow.flush(this.#out)
    flow.a.finish(reason, this.#out)
    flow.b.finish(reason, this.#out)
    this.#forget(flow, ctx)
  }

  #evict(flow: Flow, ctx: Ctx<Flow>): void {
    ctx.count('tcp.flows.evicted')
    flow.a.discard(this.#out)
    flow.b.discard(this.#out)
    this.#forget(flow, ctx)
  }

  #forget(flow: Flow, ctx: Ctx<Flow>): void {
    this.#table.remove(flow)
    const cell = ctx.state.get(flow.key)!
    const rest = chain(cell.value).filter(one => one !== flow)
    for (const [i, one] of rest.entries()) one.other = rest[i + 1] ?? null
    if (rest.length === 0) {
      ctx.state.drop(cell)
      return
    }
    cell.value = rest[0]!
    ctx.state.touch(cell)
  }

  /** Takes note of what a segment or timer has changed. */
  #settle(flow: Flow): void {
    this.#table.account(flow)
    if (flow.tier !== Closed && flow.over) this.#table.move(flow, Closed)
    // A reset was forged, and the connection goes on.
    else if (flow.tier === Closed && !flow.over) this.#table.move(flow, Established)
  }

  /** Keeps the number of flows within its bounds, before another one. */
  #makeRoom(ctx: Ctx<Flow>): void {
    const { openFlows, halfOpenShare } = this.#config
    this.#out.atTimer()
    if (this.#table.halfOpen >= Math.max(1, Math.floor(openFlows * halfOpenShare))) {
      this.#evict(this.#table.oldestHalfOpen()!, ctx)
    }
    if (this.#table.size >= openFlows) this.#evict(this.#table.expendable()!, ctx)
  }

  /** Keeps the memory of waiting segments within its bound. */
  #spare(ctx: Ctx<Flow>): void {
    while (this.#table.cost > this.#config.bufferBytes) {
      const flow = this.#table.holder()!
      ctx.count('tcp.buffer.full')
      const side = flow.a.cost >= flow.b.cost ? flow.a : flow.b
      side.giveUp(this.#out)
      flow.follow(this.#out)
      this.#settle(flow)
      this.#wake(ctx.state.get(flow.key)!, ctx)
    }
  }

  #wake(cell: Cell<Flow>, ctx: Ctx<Flow>): void {
    let at = Number.POSITIVE_INFINITY
    for (let flow: Flow | null = cell.value; flow !== null; flow = flow.other) {
      at = Math.min(at, flow.deadline(this.#config))
    }
    ctx.state.wake(cell, at)
  }

  #adopt(ctx: Ctx<Flow>): void {
    this.#ctx = ctx
    const flows = [...ctx.state.cells()].flatMap(cell => chain(cell.value))
    const shelf = new Shelf(this.#config.recentBytes, this.#config.recentMemory)
    shelf.adopt(flows.flatMap(({ a, b }) => [a, b]))
    this.#out = new Chunks(this.#config, ctx, shelf)
    this.#table = new Table(flows)
  }
}

function find(flow: Flow | null, segment: Segment): Flow | null {
  while (flow !== null && !segment.hasIdentity(flow.identity)) flow = flow.other
  return flow
}

function chain(flow: Flow): Flow[] {
  const flows: Flow[] = []
  for (let one: Flow | null = flow; one !== null; one = one.other) flows.push(one)
  return flows
}

/** Key for a connection whose own is taken: 52 bits. */
function keyOf(sensor: string, identity: Uint8Array): number {
  return Number.parseInt(deterministicId(sensor, identity.join('.')).slice(0, 13), 16)
}
