/**
 * One broker of a Kafka in memory, for tests of what speaks to it: transactions with epochs, markers, aborted lists, parts of
 * answers. It keeps the rules that our laws rest on and nothing else; every request may be made to fail.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { classify } from '#infra/bus/kafka/errors.ts'
import { type Broker, createErrorFromCode, type ProtocolRequest } from '#infra/bus/kafka/kafkajs.ts'
import type { Calls } from '#infra/bus/kafka/wire.ts'
import { marker } from './batches.ts'

const FETCH = 1
const PRODUCER_FENCED = 47 // INVALID_PRODUCER_EPOCH
const INVALID_TXN_STATE = 48
const OUT_OF_ORDER_SEQUENCE_NUMBER = 45

interface Stored {
  readonly first: number
  readonly last: number
  readonly producerId: number
  readonly bytes: Buffer
}

interface Log {
  readonly batches: Stored[]
  end: number
  /** First offset of each open transaction, by producer. */
  readonly open: Map<number, number>
  readonly aborted: { readonly producerId: number; readonly first: number; readonly last: number }[]
}

interface Producer {
  readonly id: number
  epoch: number
  readonly partitions: Set<string>
  /** Of this epoch: the sequence that is due, by partition. */
  readonly sequences: Map<string, number>
}

/** Called around every request: throws to make it fail. `after`: it had its effect by then. */
export type Fault = (step: string, when: 'before' | 'after') => void

export class FakeKafka {
  readonly #logs = new Map<string, Log>()
  readonly #producers = new Map<string, Producer>()
  /** The coordinator acknowledges the next EndTxn, and writes no markers. */
  forgetsNext = false

  log(topic: string, partition: number): Log {
    const name = `${topic}/${partition}`
    const known = this.#logs.get(name)
    if (known !== undefined) return known
    const log: Log = { batches: [], end: 0, open: new Map(), aborted: [] }
    this.#logs.set(name, log)
    return log
  }

  /** As a connected client sees it: one broker, which leads and coordinates everything. */
  calls(fault?: Fault): Calls {
    const broker = this.#broker(fault)
    const call = async <T>(what: string, to: (broker: Broker) => Promise<T>): Promise<T> => {
      try {
        await nextTurn()
        return await to(broker)
      } catch (error) {
        throw classify(error, what)
      }
    }
    return {
      leader: (_topic, _partition, what, to) => call(what, to),
      node: (_id, what, to) => call(what, to),
      coordinator: (_id, what, to) => call(what, to),
      leaderId: async () => 0,
      know: async () => {},
    }
  }

  /** The coordinator takes everything under way for ended, and writes no markers. */
  forget(): void {
    for (const { partitions } of this.#producers.values()) partitions.clear()
  }

  #broker(fault: Fault = () => {}): Broker {
    const step = async <T>(name: string, call: () => T | Promise<T>): Promise<T> => {
      fault(name, 'before')
      const answer = await call()
      fault(name, 'after')
      return answer
    }
    return {
      nodeId: 0,
      disconnect: async () => {},
      connectionPool: {
        send: <Answer>(request: ProtocolRequest<Answer>) =>
          step(request.request.apiName, async () => {
            const { buffer } = (await request.request.encode()) as unknown as { readonly buffer: Buffer }
            const payload = request.request.apiKey === FETCH ? this.#fetch(buffer) : this.#produce(buffer)
            return request.response.parse(await request.response.decode(payload))
          }),
      },
      initProducerId: ({ transactionalId }) => step('InitProducerId', () => this.#init(transactionalId)),
      addPartitionsToTxn: ({ transactionalId, producerEpoch, topics }) =>
        step('AddPartitionsToTxn', () => {
          const producer = this.#producer(transactionalId, producerEpoch)
          for (const { topic, partitions } of topics)
            for (const p of partitions) producer.partitions.add(`${topic}/${p}`)
        }),
      endTxn: ({ transactionalId, producerEpoch, transactionResult }) =>
        step('EndTxn', () => {
          const producer = this.#producer(transactionalId, producerEpoch)
          if (this.forgetsNext) {
            this.forgetsNext = false
            producer.partitions.clear()
            return
          }
          if (producer.partitions.size === 0) throw createErrorFromCode(INVALID_TXN_STATE)
          this.#end(producer, transactionResult)
        }),
      listOffsets: ({ isolationLevel, topics }) =>
        step('ListOffsets', () => {
          const [{ topic, partitions }] = topics as [(typeof topics)[number]]
          const [{ partition, timestamp }] = partitions as [(typeof partitions)[number]]
          const log = this.log(topic, partition)
          const offset = timestamp === -2 ? 0 : isolationLevel === 1 ? stableEnd(log) : log.end
          return { responses: [{ partitions: [{ partition, offset: String(offset) }] }] }
        }),
    }
  }

  #producer(transactionalId: string, epoch: number): Producer {
    const producer = this.#producers.get(transactionalId)
    if (producer?.epoch !== epoch) throw createErrorFromCode(PRODUCER_FENCED)
    return producer
  }

  #init(transactionalId: string) {
    let producer = this.#producers.get(transactionalId)
    if (producer === undefined) {
      producer = { id: 1000 + this.#producers.size, epoch: -1, partitions: new Set(), sequences: new Map() }
      this.#producers.set(transactionalId, producer)
    }
    this.#end(producer, false)
    producer.epoch++
    producer.sequences.clear()
    return { producerId: String(producer.id), producerEpoch: producer.epoch }
  }

  #end(producer: Producer, commit: boolean): void {
    for (const name of producer.partitions) {
      const log = this.#logs.get(name)
      const first = log?.open.get(producer.id)
      if (log === undefined || first === undefined) continue
      if (!commit) log.aborted.push({ producerId: producer.id, first, last: log.end })
      log.open.delete(producer.id)
      append(log, marker(log.end, producer.id, commit ? 'commit' : 'abort'))
    }
    producer.partitions.clear()
  }

  /** Version 7, as produce-request.ts writes it. */
  #produce(body: Buffer): Buffer {
    let at = 2 + body.readInt16BE(0)
    const id = body.toString('utf8', 2, at)
    at += 6
    const answer: Buffer[] = [int32(body.readInt32BE(at))]
    for (let topics = body.readInt32BE(at), next = at + 4; topics > 0; topics--) {
      const length = body.readInt16BE(next)
      const topic = body.toString('utf8', next + 2, next + 2 + length)
      next += 2 + length
      const count = body.readInt32BE(next)
      answer.push(body.subarray(next - length - 2, next + 4))
      next += 4
      for (let i = 0; i < count; i++) {
        const partition = body.readInt32BE(next)
        const size = body.readInt32BE(next + 4)
        const batch = Buffer.from(body.subarray(next + 8, next + 8 + size))
        next += 8 + size
        const result = Buffer.alloc(30)
        result.writeInt32BE(partition, 0)
        result.writeInt16BE(this.#append(id, topic, partition, batch), 4)
        answer.push(result)
      }
    }
    return Buffer.concat([...answer, int32(0)])
  }

  #append(id: string, topic: string, partition: number, batch: Buffer): number {
    const producer = this.#producers.get(id)!
    if (batch.readInt16BE(51) !== producer.epoch) return PRODUCER_FENCED
    const name = `${topic}/${partition}`
    if (!producer.partitions.has(name)) return INVALID_TXN_STATE
    const sequence = batch.readInt32BE(53)
    if (sequence !== (producer.sequences.get(name) ?? 0)) return OUT_OF_ORDER_SEQUENCE_NUMBER
    producer.sequences.set(name, sequence + batch.readInt32BE(57))
    const log = this.log(topic, partition)
    if (!log.open.has(producer.id)) log.open.set(producer.id, log.end)
    append(log, batch)
    return 0
  }

  /** Version 11, as fetch-request.ts writes it. */
  #fetch(body: Buffer): Buffer {
    const committed = body.readInt8(16) === 1
    const length = body.readInt16BE(29)
    const at = 31 + length
    const topic = body.toString('utf8', 31, at)
    const partition = body.readInt32BE(at + 4)
    const from = Number(body.readBigInt64BE(at + 12))
    const maxBytes = body.readInt32BE(at + 28)
    const log = this.log(topic, partition)
    const end = committed ? stableEnd(log) : log.end
    const there = log.batches.filter(batch => batch.last >= from && batch.first < end)
    // The first batch comes whole, the last one cut off.
    const bytes = Buffer.concat(there.map(batch => batch.bytes))
    const records = bytes.subarray(0, Math.max(maxBytes, there[0]?.bytes.length ?? 0))
    const aborted = committed ? log.aborted.filter(({ first, last }) => last >= from && first < end) : []
    const head = Buffer.alloc(18 + 2 + length + 8)
    head.writeInt32BE(1, 10)
    head.writeInt16BE(length, 14)
    head.write(topic, 16)
    const state = Buffer.alloc(26)
    state.writeBigInt64BE(BigInt(log.end), 2)
    state.writeBigInt64BE(BigInt(end), 10)
    const list = Buffer.alloc(16 * aborted.length)
    aborted.forEach(({ producerId, first }, i) => {
      list.writeBigInt64BE(BigInt(producerId), i * 16)
      list.writeBigInt64BE(BigInt(first), i * 16 + 8)
    })
    const count = int32(aborted.length)
    return Buffer.concat([
      head.subarray(0, 16 + length + 8),
      state,
      count,
      list,
      int32(-1),
      int32(records.length),
      records,
    ])
  }
}

/** Everything before is decided. */
function stableEnd({ open, end }: Log): number {
  return Math.min(end, ...open.values())
}

function append(log: Log, bytes: Buffer): void {
  bytes.writeBigInt64BE(BigInt(log.end), 0)
  const last = log.end + bytes.readInt32BE(23)
  log.batches.push({ first: log.end, last, producerId: Number(bytes.readBigInt64BE(43)), bytes })
  log.end = last + 1
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
