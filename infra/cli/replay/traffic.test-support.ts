/** A log in memory with traffic in it, as a live run leaves it. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { MemoryBus } from '#infra/bus/memory/index.ts'
import { decodeRecord, encodeRecord } from '#schemas/avro/records.ts'
import type { TopicName } from '#schemas/avro/topics.ts'
import type { Bus } from '#schemas/contracts/bus.ts'
import type { Captured } from '#schemas/contracts/producer.ts'
import type { Detection } from '#schemas/records/detection.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import { Clock, type Packet, recordOf, Talk } from '#test/driver/packets.ts'
import { segmentsOf } from '#test/driver/read.ts'
import type { Components } from '../components.ts'
import { monotone } from '../run/clock.ts'
import { lagOf } from '../run/lag.ts'
import { topicsOf } from '../run/node.ts'
import { Processing } from '../run/processing.ts'
import { PROCESS_GROUP, segmentsTask } from '../run/segments-task.ts'
import { emptyTally } from '../tally.ts'

/** What the third request of every connection asks for. */
export const ATTACK = '/item?id=1%27%20UNION%20SELECT%20a,b%20FROM%20users--%20-'
const ROUND_BYTES = 2048

/** Keep-alive connections that take turns, ten seconds between the rounds of requests; the third one is an attack. */
export function conversations(connections: number, requests: number): readonly Packet[] {
  const clock = new Clock()
  const talks = Array.from(
    { length: connections },
    (_, i) => new Talk(clock, { client: { ip: `10.0.${i >> 8}.${i & 255}`, port: 40_000 + i } }),
  )
  const packets = talks.flatMap(talk => talk.open())
  for (let n = 0; n < requests; n++) {
    clock.wait(10)
    for (const talk of talks) {
      const target = n === 2 ? ATTACK : `/item/${n}`
      packets.push(...talk.client(`GET ${target} HTTP/1.1\r\nHost: shop.example\r\n\r\n`))
      packets.push(...talk.server('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'))
    }
  }
  return [...packets, ...talks.flatMap(talk => talk.close())]
}

/** The packets in the topic `segments`, a few in each record. */
export async function storedTraffic(
  components: Components,
  packets: readonly Packet[],
  partitions = 2,
): Promise<MemoryBus> {
  return storedRounds(components, segmentsOf(packets.map(recordOf), partitions, ROUND_BYTES), partitions)
}

/** What any producer made, in the topic `segments`. */
export async function storedRounds(
  components: Components,
  rounds: readonly Captured['batches'][],
  partitions: number,
): Promise<MemoryBus> {
  const bus = new MemoryBus({ partitions })
  await bus.ensure(topicsOf(components))
  for (const round of rounds) {
    await bus.append(
      round.map(({ partition, batch }) => ({
        topic: 'segments',
        partition,
        key: null,
        value: encodeRecord('segments', batch),
        time: batch.until,
      })),
    )
  }
  return bus
}

/** Processes all that is stored, as a node does. */
export async function runLive(
  bus: Bus,
  components: Components,
  processors: Record<string, unknown> = {},
): Promise<void> {
  const fail = (error: unknown): void => {
    throw error
  }
  const processing = new Processing(bus, {
    spec: segmentsTask(components, processors, emptyTally(), (_, value) => value),
    limits: { commitBytes: 4096, checkpointBytes: 16_384, checkpointMs: 60_000, poisonPerBatch: 10 },
    partitions: Array.from({ length: bus.partitions('segments') }, (_, p) => p),
    supervision: { crashes: 0, windowMs: 1, waitMs: 1, clock: monotone, onCrash: fail },
    backoff: { firstMs: 1, maxMs: 1 },
    clock: monotone,
  })
  while ((await lagOf(bus, PROCESS_GROUP, 'segments')) > 0) await Promise.race([processing.done, nextTurn()])
  await processing.stop()
}

export async function valuesOf(bus: Bus, topic: 'detections'): Promise<Detection[]>
export async function valuesOf(bus: Bus, topic: 'exchanges'): Promise<Exchange[]>
export async function valuesOf(bus: Bus, topic: TopicName): Promise<unknown[]> {
  const values: unknown[] = []
  for (let partition = 0; partition < bus.partitions(topic); partition++) {
    for await (const { records } of bus.read(topic, partition, 0)) {
      for (const { value } of records) values.push(decodeRecord(topic, value!))
    }
  }
  return values
}
