/** Random exchanges of all shapes, and what must be seen of each: by the client, and in the mirror. */
import { content, digest } from '#test/envoy/app.ts'
import type { Seen, Sent } from '#test/envoy/client.ts'

export const CAP = 64 * 1024

export interface Exchange {
  readonly client: 'http1' | 'http2'
  readonly sent: Sent
  readonly seen: { readonly status: number; readonly body: Buffer; readonly trailers: Seen['trailers'] }
}

/** `n` is in the path: no two are alike. */
export function randomExchange(n: number, random: () => number): Exchange {
  const below = (limit: number) => Math.floor(random() * limit)
  const size = () => (below(3) === 0 ? 0 : below(20) === 0 ? below(300_000) : below(3000))
  const seed = `s${n}`
  const client = below(2) === 0 ? 'http1' : 'http2'
  const upload = content(`up${n}`, size())
  const download = content(seed, size())
  if (client === 'http2' && below(4) === 0) return grpc(n, seed, upload, download)
  const kind = below(10)
  const common = { client, status: kind === 0 ? 404 : 200, download, n, seed } as const
  if (kind <= 3) return exchange({ ...common, sent: { method: 'GET' } })
  if (kind === 4) return exchange({ ...common, download: Buffer.alloc(0), sent: { method: 'HEAD' } })
  if (kind === 5)
    return exchange({
      ...common,
      query: 'trailers&',
      sent: { method: 'POST', body: upload, trailers: { 'x-n': `${n}` } },
    })
  if (kind === 6)
    return exchange({ ...common, query: 'chunked&', sent: { method: 'PUT', body: upload, chunked: true } })
  // Envoy answers the expectation itself, in HTTP/1 only.
  if (kind === 7 && client === 'http1') {
    return exchange({ ...common, sent: { method: 'POST', body: upload, headers: { expect: '100-continue' } } })
  }
  return exchange({ ...common, sent: { method: 'POST', body: upload } })
}

/** Both bodies of this many bytes. */
export function hugeExchange(n: number, client: Exchange['client'], bytes: number): Exchange {
  const [body, download, seed] = [content(`up${n}`, bytes), content(`s${n}`, bytes), `s${n}`]
  return exchange({ client, status: 200, download, n, seed, sent: { method: 'POST', body } })
}

interface Plan {
  readonly client: Exchange['client']
  readonly status: number
  readonly download: Buffer
  readonly n: number
  readonly seed: string
  readonly query?: string
  readonly sent: Omit<Sent, 'path'>
}

function exchange({ client, status, download, n, seed, query = '', sent }: Plan): Exchange {
  const path = `/${n}?${query}status=${status}&seed=${seed}&size=${download.length}`
  const trailers = query === 'trailers&' ? [['x-seed', seed] as const] : []
  return { client, sent: { ...sent, path }, seen: { status, body: download, trailers } }
}

function grpc(n: number, seed: string, body: Buffer, download: Buffer): Exchange {
  const path = `/grpc/${n}?seed=${seed}&size=${download.length}`
  const headers = { 'content-type': 'application/grpc', te: 'trailers' }
  const sent: Sent = { method: 'POST', path, body, headers, trailers: { 'x-n': `${n}` } }
  return { client: 'http2', sent, seen: { status: 200, body: download, trailers: [['grpc-status', '0'], ['x-seed', seed]] } } // biome-ignore format: one
}

/** What is wrong with the answer, or null. The application says the digest of what it got. */
export function problemOf({ sent, seen: expected }: Exchange, seen: Seen): string | null {
  if (seen.error !== null) return seen.error
  if (seen.status !== expected.status) return `status ${seen.status}`
  if (seen.body !== digest(expected.body)) return `another body of ${seen.bodyBytes} bytes`
  if (JSON.stringify(seen.trailers) !== JSON.stringify(expected.trailers))
    return `trailers ${JSON.stringify(seen.trailers)}`
  const arrived = seen.headers.find(([name]) => name === 'x-body')?.[1]
  if (arrived !== digest(sent.body ?? Buffer.alloc(0))) return 'another request body arrived'
  return null
}
