/**
 * What Envoy says of a request in attributes (arch_overview/advanced/attributes of its documentation), when the filter's
 * `request_attributes` and `response_attributes` ask for it:
 *
 *   request.time request.protocol source.address source.port destination.address destination.port
 *   connection.tls_version connection.requested_server_name connection.mtls connection.subject_peer_certificate
 *   connection.uri_san_peer_certificate connection.dns_san_peer_certificate connection.sha256_peer_certificate_digest
 *   connection.peer_certificate_valid
 *   xds.route_name xds.cluster_name xds.virtual_host_name
 *   upstream.address upstream.port                                         (with the response)
 *
 *   Struct  1 fields: map<string, Value>      Value  2 number: double  3 string  4 bool
 */
import { isIP } from 'node:net'
import type { Endpoint } from '#schemas/records/flow.ts'
import { type MessageTls, PROTOCOLS } from '#schemas/records/message.ts'
import { Fields } from './protobuf.ts'

/** Others are passed over: what is kept of a stream is bounded. */
const WANTED = new Set(
  [
    ['request', ['time', 'protocol']],
    ['source', ['address', 'port']],
    ['destination', ['address', 'port']],
    ['upstream', ['address', 'port']],
    ['xds', ['route_name', 'cluster_name', 'virtual_host_name']],
    [
      'connection',
      [
        ...['tls_version', 'requested_server_name', 'mtls', 'subject_peer_certificate', 'uri_san_peer_certificate'],
        ...['dns_san_peer_certificate', 'sha256_peer_certificate_digest', 'peer_certificate_valid'],
      ],
    ],
  ].flatMap(([group, names]) => (names as string[]).map(name => `${group}.${name}`)),
)
/** Of one value, characters; longer ones are cut. */
const MOST_TEXT = 4096

const NO_ENDPOINT: Endpoint = { ip: '', port: 0 }

export interface Downstream {
  readonly source: Endpoint
  readonly peer: Endpoint
  readonly local: Endpoint
  readonly protocol: (typeof PROTOCOLS)[number]
  readonly tls: MessageTls | null
}

export interface Routed {
  readonly route: string | null
  readonly cluster: string | null
  readonly virtualHost: string | null
}

export class Attributes {
  readonly #values = new Map<string, string>()

  /** Those of one `Struct`; a later value takes the place of an earlier one. */
  add(struct: Buffer): void {
    const fields = new Fields(struct)
    while (fields.next()) {
      if (fields.number !== 1) continue
      let name = ''
      let value: string | null = null
      const entry = fields.message()
      while (entry.next()) {
        if (entry.number === 1) name = entry.text()
        else if (entry.number === 2) value = valueIn(entry.message())
      }
      if (value !== null && WANTED.has(name)) this.#values.set(name, value)
    }
  }

  /** µs since 1970 by Envoy's clock, or null. */
  get requestTime(): number | null {
    const text = this.#values.get('request.time')
    return text === undefined ? null : microseconds(text)
  }

  get downstream(): Downstream {
    const source = this.#endpoint('source')
    const version = this.#values.get('request.protocol')
    return {
      source,
      // An address out of X-Forwarded-For has no port, and Envoy does not tell who is behind it.
      peer: source.port === 0 ? NO_ENDPOINT : source,
      local: this.#endpoint('destination'),
      protocol: PROTOCOLS.find(protocol => protocol === version) ?? 'HTTP/1.1',
      tls: this.#tls(),
    }
  }

  get routed(): Routed {
    const text = (name: string): string | null => this.#values.get(`xds.${name}`) || null
    return {
      route: text('route_name'),
      cluster: text('cluster_name'),
      virtualHost: text('virtual_host_name'),
    }
  }

  get upstream(): Endpoint | null {
    return this.#values.has('upstream.address') ? this.#endpoint('upstream') : null
  }

  #endpoint(of: string): Endpoint {
    return endpointIn(this.#values.get(`${of}.address`) ?? '', Number(this.#values.get(`${of}.port`) ?? 0))
  }

  #tls(): MessageTls | null {
    const get = (name: string): string => this.#values.get(`connection.${name}`) ?? ''
    const version = get('tls_version')
    const sni = get('requested_server_name')
    if (version === '' && sni === '') return null
    const [subject, sha256] = [get('subject_peer_certificate'), get('sha256_peer_certificate_digest')]
    const one = (name: string): string[] => (get(name) === '' ? [] : [get(name)])
    const [uris, dns] = [one('uri_san_peer_certificate'), one('dns_san_peer_certificate')]
    const shown = get('mtls') === 'true' || [subject, sha256, ...uris, ...dns].some(text => text !== '')
    // Of Envoys before 1.39 it is only known that one was shown.
    const validated = get('peer_certificate_valid') === 'true'
    const peerCertificate = shown ? { subject, issuer: null, uris, dns, sha256, serial: '', validated } : null
    return { version, sni, peerCertificate }
  }
}

/** Text, number or truth as text. Null: anything else. */
function valueIn(value: Fields): string | null {
  let found: string | null = null
  while (value.next()) {
    if (value.number === 2) found = String(value.double())
    else if (value.number === 3) found = value.text().slice(0, MOST_TEXT)
    else if (value.number === 4) found = String(value.value !== 0)
  }
  return found
}

/** `10.0.0.1:80`, `[::1]:80`, or the address alone; a port in the text wins. Anything else (a path) is no endpoint. */
function endpointIn(text: string, otherwise: number): Endpoint {
  const [, v6, v4, port] = /^(?:\[([0-9a-fA-F:.]{2,45})\]|([0-9.]{7,15}))(?::(\d{1,5}))?$/.exec(text) ?? []
  const ip = v6 ?? v4 ?? text
  if (isIP(ip) === 0) return NO_ENDPOINT
  const number = port === undefined ? otherwise : Number(port)
  return { ip, port: Number.isInteger(number) && number >= 0 && number <= 65_535 ? number : 0 }
}

/** The year 2223: some centuries beyond, no message may be (schemas/message/shape.ts). */
const MOST_MS = 8e12

/** RFC 3339, with up to nine digits behind the second; null when it is none, or no time of ours. */
function microseconds(text: string): number | null {
  const [, seconds, fraction = ''] = /^([0-9]{4}-[0-9-]{5}T[0-9:]{8})(?:\.([0-9]{1,9}))?Z$/.exec(text) ?? []
  const ms = seconds === undefined ? Number.NaN : Date.parse(`${seconds}Z`)
  return ms >= 0 && ms <= MOST_MS ? ms * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6)) : null
}
