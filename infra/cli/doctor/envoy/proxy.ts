/** What Envoy itself says: its admin interface, when the user names it. */
import { type Diagnosis, fail, ok, warn } from '../check.ts'

const TIMEOUT_MS = 10_000
/** Names that the manifests of infra/deploy give. */
const FILTER = /tapwire[._-](lua|ext_proc)/
const CLUSTER = /tapwire/
const APPLIED = 'kubectl get envoyfilter -A -l app.kubernetes.io/part-of=tapwire'

interface Clusters {
  readonly cluster_statuses?: readonly { readonly name: string; readonly host_statuses?: readonly Host[] }[]
}

interface Host {
  readonly stats?: readonly { readonly name: string; readonly value?: string }[]
  readonly health_status?: { readonly failed_outlier_check?: boolean }
}

/** The filter and the cluster of ingest servers, as this proxy has them. */
export async function checkProxy(admin: string): Promise<readonly Diagnosis[]> {
  try {
    return [
      filterIn(await read(admin, '/config_dump')),
      clusterIn(JSON.parse(await read(admin, '/clusters?format=json'))),
    ]
  } catch (error) {
    const { cause, message } = error as Error
    return [
      warn(
        'proxy',
        `${admin} cannot be read (${(cause as Error | undefined)?.message ?? message}): is it Envoy's admin interface?`,
      ),
    ]
  }
}

async function read(admin: string, path: string): Promise<string> {
  const answer = await fetch(`${admin.replace(/\/$/, '')}${path}`, { signal: AbortSignal.timeout(TIMEOUT_MS) })
  if (!answer.ok) throw new Error(`status ${answer.status}`)
  return await answer.text()
}

export function filterIn(dump: string): Diagnosis {
  const name = FILTER.exec(dump)?.[0]
  if (name !== undefined) return ok('filter', `${name} is in this proxy`)
  return fail(
    'filter',
    `no tapwire.lua and no tapwire.ext_proc in this proxy: does an EnvoyFilter select it? ${APPLIED}`,
  )
}

export function clusterIn({ cluster_statuses: clusters = [] }: Clusters): Diagnosis {
  const found = clusters.filter(({ name }) => CLUSTER.test(name) && !name.includes('|'))
  if (found.length === 0) return fail('cluster', `no cluster with tapwire in its name in this proxy: ${APPLIED}`)
  const names = found.map(({ name }) => name).join(', ')
  const hosts = found.flatMap(({ host_statuses: statuses = [] }) => statuses)
  if (hosts.length === 0)
    return fail('cluster', `${names}: its host name does not resolve: is the Service there, with ready pods?`)
  const sum = (stat: string): number => hosts.reduce((total, { stats = [] }) => total + statOf(stats, stat), 0)
  if (sum('rq_success') === 0 && sum('cx_connect_fail') > 0)
    return fail('cluster', `${names}: no connection to the node: port, network policy, or TLS on one side only`)
  if (hosts.every(({ health_status: health }) => health?.failed_outlier_check === true))
    return warn('cluster', `${names}: left alone for a while after failures (outlier detection): try again in a minute`)
  return ok('cluster', `${names}: ${hosts.length} ${hosts.length === 1 ? 'address' : 'addresses'}`)
}

function statOf(stats: NonNullable<Host['stats']>, name: string): number {
  return Number(stats.find(stat => stat.name === name)?.value ?? 0)
}
