/**
 * `tapwire doctor --envoy`: sends a probe through a proxy and follows it. Each step says what it found, and what to do if that is
 * not what should be:
 *
 *   ingest ─► log ─► envoy ─► [filter, cluster: when nothing comes] ─► mirror ─► exchange ─► [detection] ─► [copies]
 *
 * A step that fails ends it: those behind it could only fail too.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Bus } from '#schemas/contracts/bus.ts'
import { Usage } from '#schemas/contracts/errors.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import type { Components } from '../../components.ts'
import type { Settings } from '../../config.ts'
import { openStored } from '../../replay/stored.ts'
import { type Diagnosis, fail, ok, warn } from '../check.ts'
import { checkIngest, ingestCounts, refusalIn } from './node.ts'
import { type Answer, newMark, type ProbeOptions, sendProbe } from './probe.ts'
import { checkProxy } from './proxy.ts'
import { Trail } from './trail.ts'

export interface EnvoyOptions extends ProbeOptions {
  /** Base address of Envoy's admin interface. */
  readonly admin: string | undefined
  /** How long to wait for what should be in the log. */
  readonly waitMs: number
}

const LOOK_EVERY_MS = 100
const SECOND_COPY_MS = 500

export async function* diagnoseEnvoy(
  settings: Settings,
  components: Components,
  options: EnvoyOptions,
): AsyncGenerator<Diagnosis> {
  const ingest = await checkIngest(settings.root)
  yield* ingest
  if (ingest.some(({ verdict }) => verdict === 'fail')) return
  const opened = await openLog(settings, components)
  if ('verdict' in opened) return yield opened
  await using bus = opened
  yield ok('log', `${settings.root.log.kind}, can be read`)
  yield* followProbe(bus, settings, options)
}

async function openLog(settings: Settings, components: Components): Promise<Bus | Diagnosis> {
  try {
    return await openStored(settings, components, 'read')
  } catch (error) {
    if (error instanceof Usage) return fail('log', error.message)
    throw error
  }
}

async function* followProbe(bus: Bus, { root }: Settings, options: EnvoyOptions): AsyncGenerator<Diagnosis> {
  const mark = newMark()
  const trail = await Trail.begin(bus, mark)
  const before = await ingestCounts(root)
  let answer: Answer
  try {
    answer = await sendProbe(mark, options)
  } catch (error) {
    return yield notReached(options, error as NodeJS.ErrnoException)
  }
  yield passed(options, answer)
  const started = performance.now()
  const deadline = started + options.waitMs
  const within = (enough: () => boolean): Promise<boolean> => lookUntil(trail, enough, deadline, options.signal)
  if (!(await within(() => trail.requests.length > 0))) {
    const proxy = options.admin === undefined ? [] : await checkProxy(options.admin)
    yield* proxy
    return yield notMirrored(refusalIn(before, await ingestCounts(root)), proxy, options)
  }
  yield mirrored(trail, performance.now() - started)
  if (!(await within(() => trail.exchange !== null))) {
    const says =
      'its request is in the log, but no exchange was made of it: does a node process this log (tapwire run)? did the response come?'
    return yield fail('exchange', says)
  }
  yield completed(trail.exchange!, answer)
  if (options.attack) {
    const found = await within(() => trail.detections.some(({ attack }) => attack === 'ptrav'))
    yield detected(trail, found)
  }
  // Nothing tells that no second filter will come with the same request.
  await sleep(SECOND_COPY_MS)
  await trail.look()
  if (trail.requests.length > 1) yield repeated(trail)
}

/** False: it was not enough by the deadline, or the user does not want to wait any longer. */
async function lookUntil(trail: Trail, enough: () => boolean, deadline: number, signal: AbortSignal): Promise<boolean> {
  for (;;) {
    await trail.look()
    if (enough()) return true
    if (signal.aborted || performance.now() > deadline) return false
    await sleep(LOOK_EVERY_MS)
  }
}

function notReached({ url }: EnvoyOptions, error: NodeJS.ErrnoException): Diagnosis {
  const tls = /CERT|SELF_SIGNED|ALTNAME|UNABLE_TO/.test(error.code ?? '')
  const hint = tls
    ? '--host names the host of its certificate, --insecure believes any'
    : 'is that where clients reach it?'
  return fail('envoy', `${url.origin} cannot be asked (${error.code ?? error.message}): ${hint}`)
}

function passed({ url, host }: EnvoyOptions, { status, server, byEnvoy }: Answer): Diagnosis {
  const answer = `${url.origin} answered ${status}`
  if (!byEnvoy)
    return warn('envoy', `${answer}, and nothing in it is of Envoy${server === '' ? '' : ` (server: ${server})`}`)
  if (status !== 404) return ok('envoy', answer)
  return warn(
    'envoy',
    `${answer}: no route${host === undefined ? ', name the host with --host' : ''}; it should be mirrored all the same`,
  )
}

function notMirrored(refusal: string | null, proxy: readonly Diagnosis[], { admin, waitMs }: EnvoyOptions): Diagnosis {
  const after = `no message of it within ${waitMs / 1000} s`
  if (refusal !== null) return fail('mirror', `${after}: ${refusal}`)
  if (proxy.some(({ verdict }) => verdict === 'fail')) return fail('mirror', `${after}: see above`)
  const left = 'is this host or path left out, or only a sample taken?'
  if (admin !== undefined) return fail('mirror', `${after}: ${left}`)
  const hint = 'name its admin interface with --envoy-admin to look inside (istio: kubectl port-forward POD 15000)'
  return fail('mirror', `${after}: is the filter in this proxy, and does its cluster reach the node? ${hint}; ${left}`)
}

function mirrored({ requests }: Trail, ms: number): Diagnosis {
  const [{ node, source }] = requests as [(typeof requests)[number]]
  const by = node === null ? '' : ` by ${node}`
  return ok('mirror', `its request arrived${by} after ${Math.round(ms)} ms, client ${source.ip}`)
}

function repeated({ requests }: Trail): Diagnosis {
  const names = requests.map(({ node }) => node ?? 'one without a name').join(' and ')
  return warn(
    'copies',
    `its request arrived ${requests.length} times (by ${names}): keep one filter in one place, or all is counted twice`,
  )
}

function completed({ response, id }: Exchange, answer: Answer): Diagnosis {
  if (response === null)
    return warn(
      'exchange',
      `${id} has no response: are responses mirrored (envoy_on_response, response_header_mode: SEND)?`,
    )
  if (response.status !== answer.status)
    return warn(
      'exchange',
      `${id} has status ${response.status}, the client got ${answer.status}: a filter in front changes it`,
    )
  if (response.bodyBytes !== answer.bytes)
    return warn(
      'exchange',
      `${id} has a response of ${response.bodyBytes} bytes, the client got ${answer.bytes}: are bodies mirrored (response_body_mode: STREAMED)?`,
    )
  return ok('exchange', `${id}: request and response, whole`)
}

function detected({ exchange, detections }: Trail, found: boolean): Diagnosis {
  if (found) return ok('detection', detections.map(({ attack, rule }) => `${attack} (${rule})`).join(', '))
  if (exchange?.mode === 'off')
    return warn('detection', 'the route of this host and path has mode off: nothing is looked for there')
  return fail(
    'detection',
    'no path traversal was found: is the detector off, or the path left out (detect, enrich.filters)?',
  )
}
