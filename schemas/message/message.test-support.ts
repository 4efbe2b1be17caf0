/** A request and its response as a filter would send them. */
import type { RequestHalf, ResponseHalf } from '#schemas/records/message.ts'

const common = {
  v: 1,
  id: 'AbCdEfGhIjKlMnOpQrSt_-01',
  finish: 'complete',
  source: { ip: '203.0.113.7', port: 50_123 },
  peer: { ip: '10.0.0.9', port: 34_567 },
  local: { ip: '10.0.0.2', port: 8443 },
  protocol: 'HTTP/1.1',
  tls: {
    version: 'TLSv1.3',
    sni: 'shop.example',
    alpn: 'http/1.1',
    peerCertificate: {
      subject: 'CN=client',
      issuer: 'CN=ca',
      uris: ['spiffe://cluster.local/ns/shop/sa/web'],
      dns: ['client.shop.example'],
      sha256: 'ab'.repeat(32),
      serial: '1f',
      validated: true,
    },
  },
  route: 'shop',
  cluster: 'outbound|80||shop',
  virtualHost: 'shop.example:443',
  node: 'sidecar~10.0.0.2~web',
  trace: '4bf92f3577b34da6a3ce929d0e0e4736',
  redacted: ['authorization'],
} as const

export function requestHalf(changes: Partial<RequestHalf> = {}): RequestHalf {
  return {
    ...common,
    half: 'request',
    start: 1_700_000_000_000_000,
    end: 1_700_000_000_001_000,
    method: 'POST',
    scheme: 'https',
    authority: 'shop.example',
    path: '/buy?id=1',
    headers: [
      ['content-type', 'application/json'],
      ['authorization', ''],
    ],
    trailers: [],
    body: new TextEncoder().encode('{"n":1}'),
    bodyBytes: 7,
    ...changes,
  }
}

export function responseHalf(changes: Partial<ResponseHalf> = {}): ResponseHalf {
  return {
    ...common,
    half: 'response',
    start: 1_700_000_000_002_000,
    end: 1_700_000_000_003_000,
    status: 200,
    upstream: { ip: '10.0.0.5', port: 8080 },
    headers: [['content-type', 'text/plain']],
    trailers: [['x-checked', 'yes']],
    body: new TextEncoder().encode('ok'),
    bodyBytes: 2,
    ...changes,
  }
}
