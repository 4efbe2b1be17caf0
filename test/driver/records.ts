/** Records for tests and benchmarks: one ordinary exchange to vary, and random ones with every oddity of their types. */
import type { ProcessDetails, TlsDetails } from '#schemas/records/about.ts'
import type { Anomaly } from '#schemas/records/anomaly.ts'
import { ATTACKS, type Detection, SEVERITIES } from '#schemas/records/detection.ts'
import type {
  Exchange,
  ExchangeConnection,
  Header,
  Message,
  Origin,
  Request,
  Response,
  SocketMessage,
  Via,
} from '#schemas/records/exchange.ts'
import type { Encapsulation, Endpoint } from '#schemas/records/flow.ts'

export const CONNECTION: ExchangeConnection = {
  id: '8f1d5c0a9b7e46321f00aa55',
  client: { ip: '10.0.0.1', port: 49_762 },
  server: { ip: '10.0.0.2', port: 80 },
  encapsulation: [{ type: 'vlan', id: 42 }],
  tls: false,
  capture: 'pcap-file',
}

export function request(changes: Partial<Request> = {}): Request {
  return {
    method: 'GET',
    target: '/a?b=1',
    path: '/a',
    query: 'b=1',
    version: '1.1',
    headers: [['Host', 'shop.example']],
    trailers: [],
    bodyBytes: 0,
    decodedBytes: null,
    body: null,
    content: null,
    ...changes,
  }
}

export function response(changes: Partial<Response> = {}): Response {
  return {
    status: 200,
    reason: 'OK',
    version: '1.1',
    headers: [['Content-Type', 'text/html']],
    trailers: [],
    bodyBytes: 1270,
    decodedBytes: null,
    body: null,
    content: null,
    ...changes,
  }
}

/** As the HTTP stage hands it to enrich: the client is the packet's. */
export function exchange(changes: Partial<Exchange> = {}): Exchange {
  const connection = changes.connection ?? CONNECTION
  return {
    id: '0123456789abcdef01234567',
    time: 1_795_253_435_043_374,
    end: 1_795_253_435_050_000,
    connection,
    ordinal: 1,
    stream: null,
    client: connection.client,
    host: 'shop.example',
    scheme: connection.tls ? 'https' : 'http',
    hops: [{ from: 'packet', ...connection.client, trusted: true }],
    application: -1,
    mode: 'monitoring',
    request: request(),
    response: response(),
    message: null,
    anomalies: [],
    origin: { source: 'a.pcap', packets: [4, 9], log: null },
    ...changes,
  }
}

/** A text that the client sent. */
export function socketMessage(changes: Partial<SocketMessage> = {}, more: Partial<Exchange> = {}): Exchange {
  const body = new TextEncoder().encode('hello')
  const message: SocketMessage = {
    from: 'client',
    kind: 'text',
    exchange: '8f1d5c0a9b7e46321f00aa55-1',
    frames: 1,
    code: null,
    handshake: [],
    ...changes,
  }
  const filled = { bodyBytes: body.length, body, content: body }
  const switched = { status: 101, reason: 'Switching Protocols' }
  return exchange({
    ordinal: 2,
    request: request(message.from === 'client' ? filled : {}),
    response: message.from === 'client' ? null : response({ ...switched, ...filled }),
    message,
    ...more,
  })
}

export function detection(changes: Partial<Detection> = {}): Detection {
  const { id, time, connection, ordinal, stream, client, host, application, origin } = exchange()
  return {
    id: 'fedcba987654321001234567',
    time,
    exchange: id,
    connection,
    ordinal,
    stream,
    client,
    host,
    application,
    method: 'GET',
    path: '/a',
    attack: 'sqli',
    severity: 'high',
    rule: 'sqli.union-select',
    point: ['query', 'id'],
    evidence: "1' UNION SELECT password FROM users",
    why: 'A UNION SELECT follows a closed string literal.',
    at: 0,
    shows: "' UNION SELECT name FROM name",
    unless: 'Without the quote it would be text.',
    cwe: [89],
    owasp: ['A03:2021'],
    pack: 'tapwire@0011223344556677',
    response: { status: 200 },
    origin,
    ...changes,
  }
}

export function anomaly(changes: Partial<Anomaly> = {}): Anomaly {
  const { time, connection, origin } = exchange()
  return { id: 'aaaabbbbccccddddeeeeffff', time, connection, anomaly: 'tcp.overlap-conflict', origin, ...changes }
}

/** Every kind of text that a serializer can stumble over. */
const FRAGMENTS = [
  'plain', 'a"b', 'back\\slash', '\u0000', '\u001f', '\n', '\t', '\u007f', '\u0080', 'é', '\u2028', '\u2029', '\ufeff',
  '😀', '\ud800', '\udc00', '\udc00\ud800', '', ' ', '/', '</script>', '\uffff', '__proto__',
] // biome-ignore format: a table

export class RandomRecords {
  readonly #random: () => number

  constructor(random: () => number) {
    this.#random = random
  }

  exchange(): Exchange {
    const connection = this.#connection()
    const message = this.#message()
    return exchange({
      id: this.#text(),
      time: this.#whole(4e15),
      connection,
      ordinal: this.#whole(1e6),
      stream: this.#maybe(() => this.#whole(2 ** 31)),
      client: this.#client(),
      host: this.#text(),
      scheme: this.#pick(['http', 'https']),
      hops: this.#some(() => {
        const proxy = {
          authority: this.#text(),
          ssl: { tls: true, verified: null, commonName: this.#text() },
          others: 3,
        }
        const trusted = this.#random() < 0.5
        return { from: this.#text(), ...this.#client(), trusted, ...(this.#random() < 0.5 ? {} : { proxy }) }
      }),
      application: this.#whole(100) - 1,
      mode: this.#pick(['monitoring', 'off']),
      request: {
        method: this.#text(),
        target: this.#text(),
        path: this.#text(),
        query: this.#maybe(() => this.#text()),
        ...message,
      },
      response: this.#maybe(() => ({ status: this.#whole(999), reason: this.#text(), ...this.#message() })),
      ...(this.#random() < 0.5 ? {} : { via: this.#via() }),
      anomalies: this.#some(() => this.#text()),
      origin: this.#origin(),
    })
  }

  message(): Exchange {
    const server = this.#random() < 0.5
    const changes: Partial<SocketMessage> = {
      from: server ? 'server' : 'client',
      kind: this.#pick(['text', 'binary', 'close']),
      exchange: this.#text(),
      frames: 1 + this.#whole(5),
      code: this.#maybe(() => this.#whole(5000)),
    }
    const { client, host, request, anomalies } = this.exchange()
    const answered = { status: 101, reason: '', ...this.#message() }
    return socketMessage(changes, {
      id: this.#text(),
      client,
      host,
      request,
      anomalies,
      response: server ? answered : null,
    })
  }

  detection(): Detection {
    return detection({
      id: this.#text(),
      time: this.#whole(4e15),
      exchange: this.#text(),
      connection: this.#connection(),
      ordinal: this.#whole(1e6),
      stream: this.#maybe(() => this.#whole(2 ** 31)),
      client: this.#client(),
      host: this.#text(),
      method: this.#text(),
      path: this.#text(),
      attack: this.#pick(ATTACKS),
      severity: this.#pick(SEVERITIES),
      rule: this.#text(),
      point: this.#some(() => this.#text()),
      evidence: this.#text(),
      at: this.#maybe(() => this.#whole(1000)),
      shows: this.#maybe(() => this.#text()),
      unless: this.#maybe(() => this.#text()),
      cwe: this.#some(() => this.#whole(2000)),
      owasp: this.#some(() => this.#text()),
      pack: this.#text(),
      why: this.#text(),
      response: this.#maybe(() => ({ status: this.#whole(999) })),
      origin: this.#origin(),
    })
  }

  anomaly(): Anomaly {
    return anomaly({ id: this.#text(), connection: this.#connection(), anomaly: this.#text(), origin: this.#origin() })
  }

  #message(): Message {
    const body = this.#maybe(() => Uint8Array.from({ length: this.#whole(40) }, () => this.#whole(256)))
    return {
      version: this.#text(),
      headers: this.#headers(),
      trailers: this.#headers(),
      bodyBytes: this.#whole(2 ** 40),
      decodedBytes: this.#maybe(() => this.#whole(2 ** 40)),
      body,
      content: body,
    }
  }

  #headers(): Header[] {
    return this.#some(() => [this.#text(), this.#text()])
  }

  #connection(): ExchangeConnection {
    return {
      id: this.#text(),
      client: this.#endpoint(),
      server: this.#endpoint(),
      encapsulation: this.#some((): Encapsulation => {
        return this.#random() < 0.5
          ? { type: this.#pick(['vxlan', 'geneve']), vni: this.#whole(2 ** 24) }
          : { type: this.#pick(['vlan', 'gre', 'mpls']), id: this.#whole(4096) }
      }),
      tls: this.#random() < 0.5,
      capture: this.#pick(['pcap-file', 'pcap', 'ebpf']),
      ...(this.#random() < 0.5 ? {} : { tlsDetails: this.#tls() }),
      ...(this.#random() < 0.5 ? {} : { process: this.#process() }),
    }
  }

  #tls(): TlsDetails {
    const certificate = {
      subject: this.#text(),
      uris: this.#some(() => this.#text()),
      dns: this.#some(() => this.#text()),
      sha256: this.#text(),
      serial: this.#text(),
      validated: this.#random() < 0.5,
    }
    return {
      version: this.#text(),
      ...(this.#random() < 0.5 ? {} : { library: this.#text(), sni: this.#text(), alpn: this.#text() }),
      ...(this.#random() < 0.5 ? {} : { peerCertificate: this.#maybe(() => certificate) }),
    }
  }

  #endpoint(): Endpoint {
    return { ip: this.#text(), port: this.#whole(65_536) }
  }

  #via(): Via {
    return {
      peer: this.#endpoint(),
      ...(this.#random() < 0.5 ? {} : { upstream: this.#endpoint(), node: this.#text(), trace: this.#text() }),
      ...(this.#random() < 0.5 ? {} : { route: this.#text(), cluster: this.#text(), virtualHost: this.#text() }),
      redacted: this.#some(() => this.#text()),
    }
  }

  #process(): ProcessDetails {
    return {
      pid: this.#whole(2 ** 22),
      name: this.#text(),
      ...(this.#random() < 0.5 ? {} : { executable: this.#text(), side: this.#pick(['client', 'server']) }),
      ...(this.#random() < 0.5 ? {} : { container: this.#text(), pod: { uid: this.#text(), name: this.#text() } }),
    }
  }

  #origin(): Origin {
    const log = { topic: 'segments', partition: this.#whole(64), offsets: [this.#whole(2 ** 50), 2 ** 50] as const }
    return { source: this.#text(), packets: [this.#whole(1e9), 1e9], log: this.#maybe(() => log) }
  }

  #client(): { ip: string; port?: number } {
    return this.#random() < 0.5 ? { ip: this.#text() } : { ip: this.#text(), port: this.#whole(65_536) }
  }

  #text(): string {
    return this.#some(() => this.#pick(FRAGMENTS)).join('')
  }

  #some<T>(make: () => T): T[] {
    return Array.from({ length: this.#whole(4) }, make)
  }

  #maybe<T>(make: () => T): T | null {
    return this.#random() < 0.5 ? null : make()
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#whole(from.length)]!
  }

  /** From 0 to below `end`. */
  #whole(end: number): number {
    return Math.floor(this.#random() * end)
  }
}
