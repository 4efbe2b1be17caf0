/** Kafka brokers for a test file. */
import { randomUUID } from 'node:crypto'
import { after, type TestContext } from 'node:test'
import { missing } from '#test/needs.ts'
import { type Brokers, type Cluster, keyOf, Unavailable, type Want } from './contract.ts'
import { openBrokers, openCluster } from './open.ts'
import { askForBrokers } from './share.ts'

/** Of this test file, when nobody shares: by what was wanted. */
const mine = new Map<string, Promise<Brokers | Cluster>>()
after(async () => {
  const opened = await Promise.allSettled(mine.values())
  for (const outcome of opened)
    if (outcome.status === 'fulfilled' && 'close' in outcome.value) await outcome.value.close()
})

/**
 * `const kafka = await brokers(t, { brokers: 3 }); if (kafka === null) return`
 *
 * Brokers that other tests of the same run use too: name topics and groups with `freshPrefix`, and leave the brokers running.
 * Null when there are none: the test was skipped, with the reason of each way; in CI it fails.
 */
export function brokers(t: TestContext, want: Want = {}): Promise<Brokers | null> {
  return orMissing(t, () => askForBrokers(want) ?? openOnce(want))
}

/** A cluster for this test alone, whose brokers it may stop; closed when the test ends. Null as in `brokers`. */
export async function ownCluster(t: TestContext, want: Want = {}): Promise<Cluster | null> {
  const cluster = await orMissing(t, () => openCluster(want))
  if (cluster !== null) t.after(() => cluster.close())
  return cluster
}

/** Begins every topic, group and transaction of a test, so that tests that share a cluster never meet. */
export function freshPrefix(): string {
  return `t${randomUUID().slice(0, 8)}-`
}

/** As `brokers`, outside of a test: for suites of tests. What is missing, when there are none. */
export async function brokersOrReason(want: Want = {}): Promise<Brokers | string> {
  try {
    return await (askForBrokers(want) ?? openOnce(want))
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    return error.message
  }
}

function openOnce(want: Want): Promise<Brokers | Cluster> {
  const key = keyOf(want)
  const opened = mine.get(key) ?? openBrokers(want)
  mine.set(key, opened)
  return opened
}

async function orMissing<T>(t: TestContext, open: () => Promise<T>): Promise<T | null> {
  try {
    return await open()
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    missing(t, error.message)
    return null
  }
}
