/** The processor: finds each chunk its conversation, and keeps their number and memory within bounds. */
import type { Cell, Ctx, Keyed, Processor } from '#schemas/contracts/processor.ts'
import type { Http2Limits, Place, ProtocolExchange, ProtocolLimits, ProtocolSpec } from '#schemas/contracts/protocol.ts'
import type { Anomaly } from '#schemas/records/anomaly.ts'
import type { Chunk } from '#schemas/records/chunk.ts'
import type { Exchange, ExchangeConnection } from '#schemas/records/exchange.ts'
import { deterministicId } from '#schemas/records/id.ts'
import type { Fate } from '#schemas/records/ledger.ts'
import { originOf } from '#schemas/records/origin.ts'
import type { Alternative } from './alternative.ts'
import type { Config } from './config.ts'
import { Conversation } from './conversation.ts'
import { exchangeConnection, exchangeRecord, packetHop, withoutResponse } from './record.ts'
import { guessClient } from './roles.ts'
import { type Stage, Tracked, type TrackedSnapshot } from './tracked.ts'

export class HttpStage implements Processor<Chunk, Tracked>, Stage {
  readonly protocols: readonly ProtocolSpec[]
  readonly limits: ProtocolLimits
  readonly mostProtocols: number
  readonly mostAlternative: number
  readonly alternativeWait: number
  readonly #config: Config
  /** Sum of `held` of all entries of `#state`: derived, so a new state means a new sum. */
  #held = 0
  #state: Keyed<Tracked> | null = null
  #ctx!: Ctx<Tracked>
  #tracked!: Tracked

  constructor(config: Config, protocols: readonly ProtocolSpec[]) {
    this.#config = config
    this.protocols = [...protocols].sort((a, b) => a.order - b.order)
    this.mostProtocols = config.protocols
    this.mostAlternative = config.alternatives.bytes
    this.alternativeWait = config.alternatives.wait * 1e6
    this.limits = {
      probeBytes: config.probe,
      headBytes: config.head,
      headers: config.headers,
      bodyKeep: config.body.keep,
      decodedBytes: config.body.decoded,
      decodedRatio: config.body.ratio,
      pipeline: config.pipeline,
      responseTimeout: config.responseTimeout * 1e6,
      decodeContent: config.body.decode,
      http2: http2Limits(config),
    }
  }

  process(chunk: Chunk, ctx: Ctx<Tracked>): void {
    this.#enter(ctx)
    const place = { time: chunk.time, packet: chunk.packet, offset: chunk.offset }
    let cell = ctx.state.get(chunk.connection.key)
    if (cell !== undefined && cell.value.conversation.connection.id !== chunk.connection.id) {
      this.#tracked = cell.value
      cell.value.giveUp('reused', 'budget', place)
      this.#drop(cell)
      cell = undefined
    }
    cell ??= this.#open(chunk)
    if (cell === undefined) return
    if (cell.value.conversation.connection !== chunk.connection) cell.value.learn(chunk.connection)
    ctx.state.touch(cell)
    this.#tracked = cell.value
    cell.value.take(chunk, place, ctx.now)
    this.#after(cell)
    if (this.#held > this.#config.memory) this.#shed(place)
  }

  expire(cell: Cell<Tracked>, ctx: Ctx<Tracked>): void {
    this.#enter(ctx)
    this.#tracked = cell.value
    cell.value.wake(ctx.now)
    this.#after(cell)
  }

  snapshot(tracked: Tracked): TrackedSnapshot {
    return tracked.snapshot()
  }

  restore(plain: unknown): Tracked {
    const tracked = Tracked.restore(plain as TrackedSnapshot, this)
    tracked.counted = tracked.held
    return tracked
  }

  #enter(ctx: Ctx<Tracked>): void {
    this.#ctx = ctx
    if (ctx.state === this.#state) return
    this.#state = ctx.state
    this.#held = 0
    for (const cell of ctx.state.cells()) this.#held += cell.value.counted
  }

  /** Undefined when there is no room: the TCP stage gives up its oldest flows first, so this is a second line. */
  #open(chunk: Chunk): Cell<Tracked> | undefined {
    const { state, ledger } = this.#ctx
    if (state.size < this.#config.connections) {
      return state.open(chunk.connection.key, new Tracked(new Conversation(chunk.connection, this), this))
    }
    this.#ctx.count('http.connections.refused')
    if (chunk.kind === 'data') ledger.add('budget', chunk.bytes.length)
    return undefined
  }

  #after(cell: Cell<Tracked>): void {
    const tracked = cell.value
    if (tracked.conversation.over) {
      this.#drop(cell)
      return
    }
    const { held } = tracked
    this.#held += held - tracked.counted
    tracked.counted = held
    this.#ctx.state.wake(cell, tracked.alarmAt)
  }

  #drop(cell: Cell<Tracked>): void {
    this.#held -= cell.value.counted
    cell.value.counted = 0
    this.#ctx.state.drop(cell)
  }

  /** Gives up the oldest connections until a tenth of the memory is free. */
  #shed(place: Place): void {
    for (const cell of this.#ctx.state.cells()) {
      if (this.#held <= this.#config.memory * 0.9) return
      if (cell.value.counted === 0) continue
      this.#ctx.count('http.connections.evicted')
      this.#tracked = cell.value
      this.#ctx.state.touch(cell)
      cell.value.giveUp('evicted', 'budget', place)
      this.#after(cell)
    }
  }

  exchange(from: Conversation, exchange: ProtocolExchange): void {
    const tracked = this.#tracked
    tracked.saw(exchange)
    const connection = this.#connection(tracked)
    if (tracked.hops.length !== from.hops.length + 1) tracked.hops = [packetHop(connection), ...from.hops]
    const record = this.#kept(exchangeRecord(exchange, from.ordinal, connection, from.connection.source, tracked.hops))
    for (const kind of record.anomalies) this.#ctx.count(kind)
    this.#ctx.emit('decoded', connection.client.ip, record, record.time)
  }

  /** What only the other reading of a connection says: its place among the exchanges of that reading, an id of its own. */
  readonly differs = ({ conversation, number }: Alternative, exchange: ProtocolExchange): void => {
    const connection = this.#connection(this.#tracked)
    const hops = [packetHop(connection), ...conversation.hops]
    const { source } = conversation.connection
    const record = this.#kept(exchangeRecord(exchange, conversation.ordinal, connection, source, hops))
    const anomalies = [...record.anomalies, 'tcp.overlap-alternative']
    for (const kind of anomalies) this.#ctx.count(kind)
    const value = { ...record, id: `${record.id}~${number}`, anomalies }
    this.#ctx.emit('decoded', connection.client.ip, value, record.time)
  }

  anomaly(from: Conversation, kind: string, place: Place): void {
    this.#ctx.count(kind)
    if (from.said.includes(kind)) return
    from.said = [...from.said, kind]
    const connection = this.#connection(this.#tracked)
    const record: Anomaly = {
      id: deterministicId(connection.id, kind),
      time: place.time,
      connection,
      anomaly: kind,
      origin: originOf(from.connection.source, place, place),
    }
    this.#ctx.emit('anomalies', connection.client.ip, record, record.time)
  }

  settle(fate: Fate, bytes: number): void {
    this.#ctx.ledger.add(fate, bytes)
  }

  count(name: string): void {
    this.#ctx.count(name)
  }

  #kept(record: Exchange): Exchange {
    return this.#config.responses ? record : withoutResponse(record)
  }

  #connection(tracked: Tracked): ExchangeConnection {
    if (tracked.connection !== null) return tracked.connection
    const { connection, client } = tracked.conversation
    const made = exchangeConnection(connection, client ?? connection.opener ?? guessClient(connection))
    // Before the client is known for sure it may still turn out to be the other end.
    if (client !== null) tracked.connection = made
    return made
  }
}

function http2Limits({ http2 }: Config): Http2Limits {
  const { flood } = http2
  return {
    streams: http2.streams,
    table: http2.table,
    continuations: http2.continuations,
    flood: {
      window: flood.window * 1e6,
      limits: {
        'rapid-reset': flood.rapidReset,
        'made-you-reset': flood.madeYouReset,
        settings: flood.settings,
        ping: flood.ping,
        'empty-frames': flood.emptyFrames,
        priority: flood.priority,
        'window-update': flood.windowUpdate,
      },
    },
  }
}
