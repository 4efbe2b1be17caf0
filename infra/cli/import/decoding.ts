/** Responses, forwarding headers, routes and filters: what the processors are told. */
import type { Path } from '#schemas/config/document.ts'
import type { Draft } from './draft.ts'
import type { ReferenceFile, ReferenceFilter, ReferenceRoute, Responses } from './file.ts'
import { block, seconds } from './values.ts'

const ENRICH = ['processors', 'enrich'] as const

export function responses(given: Responses, from: Path, draft: Draft): void {
  const { parse_responses, response_timeout, url_normalize } = given
  draft.set(['processors', 'http', 'responses'], parse_responses, [...from, 'parse_responses'])
  draft.set([...ENRICH, 'normalizePath'], url_normalize, [...from, 'url_normalize'])
  if (response_timeout === undefined) return
  const timeout = seconds(response_timeout)
  const at = [...from, 'response_timeout']
  if (timeout === null || timeout === 0)
    draft.fail(at, `expected a duration, e.g. 5s, got ${String(response_timeout).slice(0, 32)}`)
  else draft.set(['processors', 'http', 'responseTimeout'], timeout, at)
}

/** The first value of a header counts there, whoever wrote it. */
const LEFTMOST =
  'taken over with strategy: leftmost, as it was: a client can choose its address by sending the header itself. rightmost-untrusted (the default here) is safe'

export function proxyHeaders(rules: NonNullable<ReferenceFile['proxy_headers']>, draft: Draft): void {
  for (const [i, { trusted_networks, original_host, real_ip }] of rules.entries()) {
    const [at, from] = [
      [...ENRICH, 'proxy_headers', i],
      ['proxy_headers', i],
    ]
    draft.set(at, {}, from)
    draft.set([...at, 'trusted_networks'], trusted_networks?.map(block), [...from, 'trusted_networks'])
    draft.set([...at, 'real_ip'], real_ip, [...from, 'real_ip'])
    draft.set([...at, 'original_host'], original_host, [...from, 'original_host'])
    draft.set([...at, 'strategy'], 'leftmost', from)
    draft.warn(from, LEFTMOST)
  }
}

/** The one header of older files: believed from everybody. */
export function realIpHeader(header: string, hasRules: boolean, draft: Draft): void {
  const from = ['http_inspector', 'real_ip_header']
  if (hasRules) {
    draft.withoutMeaning(from, 'proxy_headers takes its place')
    return
  }
  draft.set([...ENRICH, 'proxy_headers', 0, 'real_ip'], [header], from)
  draft.set([...ENRICH, 'proxy_headers', 0, 'strategy'], 'leftmost', from)
  draft.warn(from, `believed from everybody, and ${LEFTMOST} with trusted_networks`)
}

export function routeConfig(given: NonNullable<ReferenceFile['route_config']>, draft: Draft): void {
  settings(given, ENRICH, ['route_config'], draft)
  routes(given.routes, [...ENRICH, 'routes'], ['route_config', 'routes'], draft)
}

function routes(list: readonly ReferenceRoute[] | undefined, at: Path, from: Path, draft: Draft): void {
  for (const [i, route] of (list ?? []).entries()) {
    const [own, source] = [
      [...at, i],
      [...from, i],
    ]
    draft.set(own, {}, source)
    draft.set([...own, 'host'], given(route.host), [...source, 'host'])
    draft.set([...own, 'path'], given(route.route), [...source, 'route'])
    settings(route, own, source, draft)
    routes(route.routes, [...own, 'routes'], [...source, 'routes'], draft)
  }
}

/** An empty text is none. */
function given(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}

type Settings = Pick<ReferenceRoute, 'wallarm_application' | 'wallarm_mode' | 'wallarm_partner_client_uuid'>

function settings(given: Settings, at: Path, from: Path, draft: Draft): void {
  const { wallarm_application, wallarm_mode, wallarm_partner_client_uuid } = given
  draft.set([...at, 'application'], wallarm_application, [...from, 'wallarm_application'])
  const mode = [...from, 'wallarm_mode']
  if (wallarm_mode !== undefined) draft.set([...at, 'mode'], wallarm_mode === 'off' ? 'off' : 'monitoring', mode)
  if (wallarm_mode === 'block' || wallarm_mode === 'safe_blocking')
    draft.warn(mode, `${wallarm_mode} is monitoring here: what watches out of band cannot block`)
  if (wallarm_partner_client_uuid !== undefined)
    draft.withoutMeaning(
      [...from, 'wallarm_partner_client_uuid'],
      'there are no tenants: tell them apart by application',
    )
}

export function inputFilters(given: NonNullable<ReferenceFile['input_filters']>, draft: Draft): void {
  for (const kind of ['inspect', 'bypass'] as const) {
    for (const [i, filter] of (given[kind] ?? []).entries())
      inputFilter(filter, [...ENRICH, 'filters', kind, i], ['input_filters', kind, i], draft)
  }
}

function inputFilter({ path, url, headers, ip_addresses }: ReferenceFilter, at: Path, from: Path, draft: Draft): void {
  draft.set(at, {}, from)
  if (path !== undefined && url !== undefined && path !== url)
    draft.fail([...from, 'url'], 'path and url mean the same and say different things: keep one')
  draft.set([...at, 'path'], path ?? url, [...from, path === undefined ? 'url' : 'path'])
  draft.set([...at, 'headers'], headers, [...from, 'headers'])
  draft.set([...at, 'clients'], ip_addresses?.map(block), [...from, 'ip_addresses'])
}
