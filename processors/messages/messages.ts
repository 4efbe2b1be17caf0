/** The processor: each half finds the other one by its id. What becomes of an id is drawn in entry.ts. */
import { Refused } from '#schemas/contracts/errors.ts'
import type { Cell, Ctx, Keyed, Processor } from '#schemas/contracts/processor.ts'
import type { ContentLimits } from '#schemas/http/content.ts'
import { type Checked, checkMessage } from '#schemas/message/message.ts'
import type { Anomaly } from '#schemas/records/anomaly.ts'
import type { ExchangeConnection } from '#schemas/records/exchange.ts'
import { deterministicId } from '#schemas/records/id.ts'
import type { RequestHalf } from '#schemas/records/message.ts'
import { originOf } from '#schemas/records/origin.ts'
import { KIND, type Segment, type SegmentBatch } from '#schemas/records/segment.ts'
import type { Config } from './config.ts'
import { came, type Entry, type Halves, halves, type Kept, type Met, met, missing, type Waiting } from './entry.ts'
import { connectionOf, exchangeOf } from './exchange.ts'
import { keep } from './keep.ts'

/** Further ones are not waited for. */
const MOST_SOURCES = 1024

export class Messages implements Processor<Segment, Entry> {
  readonly #config: Config
  readonly #limits: ContentLimits
  /** Sums over the entries of `#state`: derived, so a new state means new sums. */
  #cost = 0
  #sources = 0
  #state: Keyed<Entry> | null = null
  #ctx!: Ctx<Entry>
  #batch: SegmentBatch | null = null

  constructor(config: Config) {
    this.#config = config
    const { decode, decoded, ratio } = config.body
    this.#limits = { decodeContent: decode, decodedBytes: decoded, decodedRatio: ratio }
  }

  process(segment: Segment, ctx: Ctx<Entry>): void {
    if (segment.kind === KIND.message) {
      this.#enter(ctx)
      this.#message(segment)
    } else if (segment.kind === KIND.end) {
      this.#enter(ctx)
      this.#ended(segment.batch)
    }
  }

  expire(cell: Cell<Entry>, ctx: Ctx<Entry>): void {
    this.#enter(ctx)
    if (cell.value.state === 'waiting') this.#giveUp(cell, cell.value)
    else ctx.state.drop(cell)
  }

  /** Bytes of a snapshot are views of the encoded whole. */
  restore(plain: unknown): Entry {
    const entry = plain as Entry
    if (entry.state !== 'waiting') return entry
    return { ...entry, half: { ...entry.half, body: entry.half.body.slice() } }
  }

  #enter(ctx: Ctx<Entry>): void {
    this.#ctx = ctx
    if (ctx.state === this.#state) return
    this.#state = ctx.state
    this.#batch = null
    this.#cost = 0
    this.#sources = 0
    for (const { value } of ctx.state.cells()) {
      if (value.state === 'waiting') this.#cost += value.cost
      if (value.state === 'source') this.#sources++
    }
  }

  #message(segment: Segment): void {
    const checked = this.#check(segment)
    if (checked === null) return
    if (segment.batch !== this.#batch) this.#begun(segment.batch)
    const { half, unknown } = checked
    if (unknown.length > 0) this.#ctx.count('messages.unknown-keys', unknown.length)
    if (half.half === 'response' && !this.#config.responses) {
      this.#ctx.ledger.add('filtered', segment.length)
      return
    }
    const { kept, cut } = keep(half, segment, this.#ctx.offset, this.#config)
    const cell = this.#ctx.state.get(half.id) as Cell<Waiting | Met> | undefined
    if (cell !== undefined && came(cell.value, half.half)) {
      this.#duplicate(cell, kept, segment.length)
      return
    }
    this.#ctx.ledger.add('cap', cut)
    if (cell === undefined) this.#first(kept)
    else this.#second(cell, kept)
  }

  /** Null: what the log holds is no message that this version reads. */
  #check(segment: Segment): Checked | null {
    try {
      return checkMessage(segment.payload)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      this.#ctx.ledger.add('damaged', segment.length)
      this.#anomaly(unread(segment), segment, segment.batch.source, 'message.malformed')
      return null
    }
  }

  #first(kept: Kept): void {
    if (!this.#config.responses) {
      this.#emit({ request: kept as Kept<RequestHalf>, response: null }, ['http.response-not-kept'])
      this.#remember(this.#ctx.state.open(kept.half.id, met(true, false)))
      return
    }
    const { responseTimeout, requestTimeout } = this.#config
    const cell = this.#ctx.state.open(kept.half.id, { state: 'waiting', again: false, ...kept })
    this.#cost += kept.cost
    const wait = kept.half.half === 'request' ? responseTimeout : requestTimeout
    this.#ctx.state.wake(cell, this.#ctx.now + wait * 1e6)
    if (this.#ctx.state.size > this.#config.halves || this.#cost > this.#config.memory) this.#shed()
  }

  /** The half that was missing. */
  #second(cell: Cell<Entry>, kept: Kept): void {
    const { value } = cell
    if (value.state === 'waiting') {
      this.#cost -= value.cost
      this.#emit(halves(value, kept), value.again ? ['message.duplicate'] : [])
    } else {
      this.#ctx.count('messages.late')
      this.#emit(halves(kept, null), ['message.late', missing(kept)])
    }
    cell.value = met(true, true)
    this.#remember(cell)
  }

  #duplicate(cell: Cell<Waiting | Met>, kept: Kept, bytes: number): void {
    const { value } = cell
    this.#ctx.count('messages.duplicate')
    this.#ctx.ledger.add('duplicate', bytes)
    if (value.state === 'waiting') {
      if (value.again) return
      cell.value = { ...value, again: true }
    } else {
      if (value.said) return
      cell.value = { ...value, said: true }
      this.#anomaly(connectionOf(kept), kept, kept.source, 'message.duplicate')
    }
    this.#ctx.state.touch(cell)
  }

  /** The other half will not come. */
  #giveUp(cell: Cell<Entry>, waiting: Waiting, ...why: readonly string[]): void {
    const { half } = waiting.half
    this.#cost -= waiting.cost
    this.#emit(halves(waiting, null), [...why, missing(waiting), ...(waiting.again ? ['message.duplicate'] : [])])
    cell.value = met(half === 'request', half === 'response')
    this.#remember(cell)
  }

  #remember(cell: Cell<Entry>): void {
    this.#ctx.state.touch(cell)
    this.#ctx.state.wake(cell, this.#ctx.now + this.#config.linger * 1e6)
  }

  #emit(found: Halves, why: readonly string[]): void {
    const { ledger } = this.#ctx
    for (const kept of [found.request, found.response]) if (kept !== null) ledger.add('inspected', kept.pending)
    const exchange = exchangeOf(found, why, this.#limits)
    for (const kind of exchange.anomalies) this.#ctx.count(kind)
    this.#ctx.emit('decoded', exchange.client.ip, exchange, exchange.time)
  }

  #anomaly(
    connection: ExchangeConnection,
    at: { readonly time: number; readonly packet: number },
    source: string,
    kind: string,
  ): void {
    const stood = { packet: at.packet, offset: this.#ctx.offset }
    const anomaly: Anomaly = {
      id: deterministicId(connection.id, kind),
      time: at.time,
      connection,
      anomaly: kind,
      origin: originOf(source, stood, stood),
    }
    this.#ctx.count(kind)
    this.#ctx.emit('anomalies', connection.client.ip, anomaly, anomaly.time)
  }

  /** Frees a tenth of the room: what is only remembered goes first, then the oldest that wait. */
  #shed(): void {
    const { state } = this.#ctx
    const most = this.#config.halves * 0.9
    const memory = this.#config.memory * 0.9
    for (const cell of state.cells()) {
      if (state.size <= most) break
      if (cell.value.state === 'met') state.drop(cell)
    }
    for (const cell of state.cells()) {
      if (state.size <= most && this.#cost <= memory) return
      if (cell.value.state !== 'waiting') continue
      this.#ctx.count('messages.evicted')
      this.#giveUp(cell, cell.value, 'message.evicted')
      if (state.size > most) state.drop(cell)
    }
  }

  /** A batch of a source that has not ended. */
  #begun(batch: SegmentBatch): void {
    const { state } = this.#ctx
    this.#batch = batch
    const key = sourceKey(batch)
    if (state.get(key) !== undefined) return
    if (this.#sources === MOST_SOURCES) {
      this.#ctx.count('messages.sources.limit')
      return
    }
    state.open(key, { state: 'source' })
    this.#sources++
  }

  /** Nobody is left to bring the halves that are missing when the last source has ended. */
  #ended(batch: SegmentBatch): void {
    const { state } = this.#ctx
    const cell = state.get(sourceKey(batch))
    if (cell === undefined) return
    state.drop(cell)
    this.#batch = null
    if (--this.#sources > 0) return
    for (const { value, ...rest } of state.cells()) {
      if (value.state === 'waiting') this.#giveUp(state.get(rest.key)!, value)
    }
  }
}

function sourceKey({ sensor, capture, source }: SegmentBatch): string {
  return `/${JSON.stringify([sensor, capture, source])}`
}

/** All that is known of a message that cannot be read: its segment's identity. Who is the client is not. */
function unread(segment: Segment): ExchangeConnection {
  const { a, b, encapsulation } = segment.identity()
  const { capture, sensor, source } = segment.batch
  const id = deterministicId('message', sensor, source, String(segment.packet), String(segment.time))
  return { id, client: a, server: b, encapsulation, tls: false, capture }
}
