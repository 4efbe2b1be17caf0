/** The node that should get what Envoy mirrors: where it listens, and what it refused. */
import { once } from 'node:events'
import { connect } from 'node:net'
import type { RootConfig } from '#schemas/config/root.ts'
import { type Listen, parseListen } from '#schemas/config/telemetry.ts'
import { type Diagnosis, fail, ok } from '../check.ts'

const TIMEOUT_MS = 2000

/** Whether the ingest servers of this configuration listen, seen from here. */
export async function checkIngest({ producers }: RootConfig): Promise<readonly Diagnosis[]> {
  const listens = producers
    .filter(({ type }) => type === 'envoy')
    .flatMap(({ listen, grpcListen }) => [listen, grpcListen])
    .filter(text => typeof text === 'string')
  if (listens.length === 0)
    return [fail('ingest', 'the configuration has no producer of type envoy: producers/envoy/README.md shows one')]
  return await Promise.all(listens.map(checkListener))
}

async function checkListener(text: string): Promise<Diagnosis> {
  const code = await refusalOf(parseListen(text)!)
  if (code === null) return ok('ingest', `something listens at ${text}`)
  return fail('ingest', `nobody answers at ${text} (${code}): start the node with tapwire run, on this machine or pod`)
}

/** Why there is no connection; null when there is one. */
async function refusalOf({ host, port }: Listen): Promise<string | null> {
  // What listens on all addresses is reached by loopback.
  const target = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  const socket = connect({ host: target, port, timeout: TIMEOUT_MS })
  try {
    const timeout = once(socket, 'timeout').then(() => 'ETIMEDOUT')
    return await Promise.race([once(socket, 'connect').then(() => null), timeout])
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? (error as Error).message
  } finally {
    socket.destroy()
  }
}

/** Counters of ingest servers, by name; empty when the node's metrics cannot be read from here. */
export async function ingestCounts({ telemetry }: RootConfig): Promise<ReadonlyMap<string, number>> {
  const listen = telemetry.listen === false ? null : parseListen(telemetry.listen)
  if (listen === null) return new Map()
  const host = listen.host === '0.0.0.0' ? '127.0.0.1' : listen.host.includes(':') ? `[${listen.host}]` : listen.host
  try {
    const answer = await fetch(`http://${host}:${listen.port}/metrics`, { signal: AbortSignal.timeout(TIMEOUT_MS) })
    return countsIn(await answer.text())
  } catch {
    return new Map() // it is about more detail only
  }
}

/** Of the text of Prometheus; those of several ingest servers are added up. */
export function countsIn(text: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const [, labels, value] of text.matchAll(/^tapwire_component_total\{([^}]{1,500})\} ([0-9.e+]{1,30})$/gm)) {
    const name = /\bname="([^"]{1,100})"/.exec(labels!)?.[1]
    if (name === undefined || !labels!.includes('kind="producer"')) continue
    counts.set(name, (counts.get(name) ?? 0) + Number(value))
  }
  return counts
}

/** What to do, by the counter that rose while a probe was under way. */
const REFUSALS: readonly (readonly [counter: string, says: string])[] = [
  ['refused.token', 'the node refused it: the token in the EnvoyFilter is not the one in the configuration'],
  ['refused.name', 'the node refused it: the name in the client certificate is not in tls.clientNames'],
  ['refused.network', 'the node refused it: the address of the proxy is not in networks'],
  ['refused.tls', 'TLS failed at the node: the proxy has no certificate of clientCa, or speaks without TLS'],
  ['messages.malformed', 'the node could not read the message: filter and node are of different releases'],
  ['messages.version', 'the node does not know that version of the message: update the node'],
  ['requests.overload', 'the node is overloaded'],
  ['messages.request', 'the node took a message, but it is not in this log: another node, or it is late'],
]

/** Null: none of them rose. */
export function refusalIn(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): string | null {
  return REFUSALS.find(([counter]) => (after.get(counter) ?? 0) > (before.get(counter) ?? 0))?.[1] ?? null
}
