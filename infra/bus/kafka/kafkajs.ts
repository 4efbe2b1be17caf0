/**
 * What this adapter uses of kafkajs beyond its published types, in one place. kafkajs is pinned (2.2.4, its last release): it
 * has no manual assignment, its consumer decodes away what a reader of compacted topics needs (record batches that compaction
 * emptied), and its transactional producer can neither be asked what became of a commit nor retry its steps one by one.
 * Underneath, its connections, security, throttling, metadata and protocol are sound; so the adapter speaks through those.
 */
import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import kafkajs, { type ISocketFactory, type Kafka, type Cluster as PublishedCluster } from 'kafkajs'

/** A request as kafkajs' connections send it: the body's bytes, and what to make of the answer's. */
export interface ProtocolRequest<Answer> {
  readonly request: {
    readonly apiKey: number
    readonly apiVersion: number
    readonly apiName: string
    /** Of `body`. */
    encode(): Promise<Encoder>
  }
  readonly response: { decode(payload: Buffer): Promise<Answer>; parse(answer: Answer): Promise<Answer> }
}

interface Encoder {
  writeBuffer(bytes: Buffer): Encoder
}

const require = createRequire(import.meta.url)
const KafkaEncoder = require('kafkajs/src/protocol/encoder') as new (size: number) => Encoder

/** The body of a request as kafkajs wants it. */
export function body(bytes: Buffer): Encoder {
  return new KafkaEncoder(bytes.length).writeBuffer(bytes)
}

export const { createErrorFromCode } = require('kafkajs/src/protocol/error') as {
  createErrorFromCode(code: number): Error
}

export interface ProducerIdentity {
  /** int64 as decimal text. */
  readonly producerId: string
  readonly producerEpoch: number
}

export interface TopicPartitions {
  readonly topic: string
  readonly partitions: readonly number[]
}

export interface ProduceMessage {
  readonly key: Buffer | null
  readonly value: Buffer | null
  /** Names and contents. */
  readonly headers: readonly (readonly [Buffer, Buffer])[]
}

/** One broker. Calls reject with kafkajs errors (`errors.ts` classifies them). */
export interface Broker {
  readonly nodeId: number
  readonly connectionPool: { send<Answer>(request: ProtocolRequest<Answer>): Promise<Answer> }
  disconnect(): Promise<void>
  initProducerId(request: { transactionalId: string; transactionTimeout: number }): Promise<ProducerIdentity>
  addPartitionsToTxn(
    request: ProducerIdentity & { transactionalId: string; topics: readonly TopicPartitions[] },
  ): Promise<unknown>
  endTxn(request: ProducerIdentity & { transactionalId: string; transactionResult: boolean }): Promise<unknown>
  listOffsets(request: {
    replicaId: number
    isolationLevel: number
    topics: readonly {
      readonly topic: string
      readonly partitions: readonly { readonly partition: number; readonly timestamp: number | string }[]
    }[]
  }): Promise<{
    readonly responses: readonly {
      readonly partitions: readonly { readonly partition: number; readonly offset: string }[]
    }[]
  }>
}

export interface PartitionMetadata {
  readonly partitionId: number
  readonly leader: number
  readonly partitionErrorCode: number
}

/** A view of the cluster with connections of its own: two per broker, one of them for fetches only. */
export interface Cluster
  extends Omit<PublishedCluster, 'findBroker' | 'findGroupCoordinator' | 'findTopicPartitionMetadata'> {
  findBroker(node: { readonly nodeId: number }): Promise<Broker>
  findGroupCoordinator(of: { readonly groupId: string; readonly coordinatorType?: number }): Promise<Broker>
  findTopicPartitionMetadata(topic: string): readonly PartitionMetadata[]
}

/** What `findGroupCoordinator` calls the coordinator of a transactional id. */
export const TRANSACTION_COORDINATOR = 1

/** kafkajs hands its cluster to partition assigners, when a consumer is made: that is how it is reached. Never joins a group. */
export function openCluster(kafka: Kafka, requestTimeoutMs: number): Cluster {
  let cluster: PublishedCluster | null = null
  kafka.consumer({
    groupId: 'never joined',
    allowAutoTopicCreation: false,
    retry: { maxRetryTime: requestTimeoutMs },
    partitionAssigners: [
      assigner => {
        cluster = assigner.cluster
        return kafkajs.PartitionAssigners.roundRobin(assigner)
      },
    ],
  })
  return cluster! as unknown as Cluster
}

/**
 * kafkajs disconnects again and again from what never connected, and each `unref` of such a socket leaves a listener on it: Node
 * warns after ten. A socket that is gone keeps no process alive.
 */
export function socketFactory(options: Parameters<ISocketFactory>[0]): Socket {
  const socket = openSocket(options)
  const unref = socket.unref.bind(socket)
  socket.unref = () => (socket.destroyed ? socket : unref())
  return socket
}

const openSocket = (require('kafkajs/src/network/socketFactory') as () => ISocketFactory)()

interface RequestQueue {
  readonly pending: readonly unknown[]
  scheduleCheckPendingRequests(): void
}

/**
 * kafkajs 2.2.4 sets a timer with a negative delay after every answer, also when nothing is pending: a timer each
 * millisecond, and a warning from Node 24. Nothing pending needs no check.
 */
export function mendRequestQueue(): void {
  const queue = require('kafkajs/src/network/requestQueue') as { readonly prototype: RequestQueue & { mended?: true } }
  const { prototype } = queue
  if (prototype.mended) return
  const schedule = prototype.scheduleCheckPendingRequests
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length > 0) schedule.call(this)
  }
  prototype.mended = true
}
