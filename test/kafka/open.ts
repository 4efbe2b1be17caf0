/** Chooses the way to a cluster: brokers that were given, else Docker, else the local JVM. */
import { type Brokers, type Cluster, Unavailable, type Want, type Way } from './contract.ts'
import { givenBrokers } from './given.ts'
import { openJvm } from './jvm.ts'
import { withMembers } from './members.ts'

const WAYS: readonly Way[] = ['env', 'docker', 'jvm']

/**
 * A cluster of one's own, whose brokers can be stopped. Throws `Unavailable` when no way leads to one, with the reason of
 * each way; anything else is a cluster that did not start.
 */
export async function openCluster(want: Want = {}): Promise<Cluster> {
  return await firstWay({
    env: () => {
      throw new Unavailable('brokers of KAFKA_BROKERS cannot be stopped or started by a test')
    },
    docker: () => docker(want),
    jvm: async () => withMembers(await openJvm(want)),
  })
}

/** As `openCluster`, but brokers that were given will do. */
export async function openBrokers(want: Want = {}): Promise<Brokers | Cluster> {
  return await firstWay<Brokers | Cluster>({
    env: () => givenBrokers(want),
    docker: () => docker(want),
    jvm: async () => withMembers(await openJvm(want)),
  })
}

/** testcontainers takes half a second to load, and most runs do not need it. */
async function docker(want: Want): Promise<Cluster> {
  const { openDocker } = await import('./docker.ts')
  return await withMembers(await openDocker(want))
}

async function firstWay<T>(open: Readonly<Record<Way, () => T | Promise<T>>>): Promise<T> {
  const reasons: string[] = []
  for (const way of allowedWays()) {
    try {
      return await open[way]()
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
      reasons.push(`${way}: ${error.message}`)
    }
  }
  throw new Unavailable(`no Kafka brokers: ${reasons.join('; ')}`)
}

function allowedWays(): readonly Way[] {
  const forced = process.env['TAPWIRE_KAFKA_WAY'] ?? ''
  if (forced === '') return WAYS
  const ways = WAYS.filter(way => way === forced)
  if (ways.length === 0) throw new Error(`TAPWIRE_KAFKA_WAY=${forced}: there are ${WAYS.join(', ')}`)
  return ways
}
