/** Requests for benchmarks of detection: the shapes of the load capture, and the shared corpus of harmless ones. */
import { existsSync, readFileSync } from 'node:fs'
import { exchangeOf, exchangeOfRaw } from '#processors/detect/testdata/exchange.ts'
import type { Exchange, Header } from '#schemas/records/exchange.ts'

const CORPUS = new URL('../../../../shared/corpora/benign-dev.jsonl', import.meta.url)

/** As `make-load-capture` sends them: six reads of a list, three orders in JSON, one log-in by form. */
export function loadRequests(count: number): readonly Exchange[] {
  return Array.from({ length: count }, (_, i) => loadRequest(i + 1))
}

function loadRequest(n: number): Exchange {
  const headers: Header[] = [
    ['Host', '127.0.0.1:8088'],
    ['X-Forwarded-For', `203.0.113.${n % 250}`],
    ['User-Agent', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120 Safari/537.36'],
    ['Accept', 'application/json'],
    ['Authorization', 'Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c2VyLTEifQ.c2lnbmF0dXJl'],
    ['Cookie', 'sid=abcdef0123456789; theme=dark; lang=en-US'],
  ]
  const kind = n % 10
  if (kind < 6) {
    const target = `/api/v1/items/${n % 5000}?page=${n % 40}&sort=price&filter=name%3Aalpha`
    return exchangeOf({ method: 'GET', target, headers })
  }
  const [target, type, body] =
    kind < 9
      ? ['/api/v1/orders', 'application/json', order(n)]
      : [
          '/login',
          'application/x-www-form-urlencoded',
          `username=user${n}&password=pw${n * 7}&remember=true&next=%2Fdashboard`,
        ]
  headers.push(['Content-Type', type], ['Content-Length', String(body.length)])
  return exchangeOf({ method: 'POST', target, headers, body })
}

function order(n: number): string {
  return JSON.stringify({
    user: `user-${n}`,
    items: [
      { sku: `A-${n % 100}`, qty: 2 },
      { sku: 'B-77', qty: 1 },
    ],
    note: 'please deliver after 5pm, thanks',
    address: { street: '1 Main St', city: 'Springfield', zip: '12345' },
  })
}

/** Null when the corpus is not beside the checkout. */
export function harmlessRequests(): readonly Exchange[] | null {
  if (!existsSync(CORPUS)) return null
  const lines = readFileSync(CORPUS, 'utf8').trim().split('\n')
  return lines.map(line => exchangeOfRaw(Buffer.from((JSON.parse(line) as { raw: string }).raw, 'base64')))
}
