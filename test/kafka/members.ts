/**
 * A broker says that it has started before the others know of it, and a client that asks one of those misses it. So a
 * cluster counts as started when every running broker names every running broker.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka, logLevel } from 'kafkajs'
import { mendRequestQueue } from '#infra/bus/kafka/kafkajs.ts'
import type { Access, Brokers, Cluster } from './contract.ts'

const AGREE_MS = 60_000
const POLL_MS = 50

/** The same cluster, whose `start` waits for the others too. Resolves when they all know each other. */
export async function withMembers(cluster: Cluster): Promise<Cluster> {
  mendRequestQueue()
  const running = new Set(cluster.bootstrap)
  try {
    await waitForMembers(running, cluster.access)
  } catch (error) {
    await cluster.close()
    throw error
  }
  return {
    ...brokersOf(cluster),
    async stop(i, signal) {
      await cluster.stop(i, signal)
      running.delete(cluster.bootstrap[i]!)
    },
    async start(i) {
      await cluster.start(i)
      running.add(cluster.bootstrap[i]!)
      await waitForMembers(running, cluster.access)
    },
    close: () => cluster.close(),
    [Symbol.asyncDispose]: () => cluster.close(),
  }
}

/** What can be told to another process. */
export function brokersOf({ way, bootstrap, version, access }: Brokers): Brokers {
  return { way, bootstrap, version, access }
}

async function waitForMembers(running: ReadonlySet<string>, access: Access | null): Promise<void> {
  const deadline = performance.now() + AGREE_MS
  for (const asked of running) {
    let known = await membersKnownBy(asked, access)
    while (![...running].every(member => known.has(member))) {
      if (performance.now() > deadline) throw new Error(`${asked} knows only ${[...known]} after ${AGREE_MS} ms`)
      await sleep(POLL_MS)
      known = await membersKnownBy(asked, access)
    }
  }
}

/** Empty when it does not answer. */
async function membersKnownBy(broker: string, access: Access | null): Promise<ReadonlySet<string>> {
  const login = access && {
    ssl: { ca: access.ca },
    sasl: { mechanism: 'plain', username: access.user, password: access.password } as const,
  }
  const admin = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING, retry: { retries: 0 }, ...login }).admin()
  try {
    await admin.connect()
    const { brokers } = await admin.describeCluster()
    return new Set(brokers.map(({ host, port }) => `${host}:${port}`))
  } catch {
    return new Set()
  } finally {
    await admin.disconnect()
  }
}
