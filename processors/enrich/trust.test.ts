/** The walk against its slow twin, and what no headers can do. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Exchange, Header } from '#schemas/records/exchange.ts'
import { mulberry32 } from '#test/driver/random.ts'
import { CONNECTION, exchange, request } from '#test/driver/records.ts'
import { drive } from '#test/driver/stage.ts'
import fuzz from '#test/fuzz/forwarded.ts'
import enrich from './index.ts'
import type { Node } from './node.ts'
import { rightmostUntrusted } from './trust.ts'

const address = (ip: string): Node => ({ ip, port: null })

/** As one would say it: node i counts when everything right of it is a trusted address, and it is an address itself. */
function slowReach(nodes: readonly Node[], trusts: (ip: string) => boolean): number {
  const counts = nodes.map(
    (node, i) =>
      typeof node !== 'string' && nodes.slice(i + 1).every(right => typeof right !== 'string' && trusts(right.ip)),
  )
  const first = counts.indexOf(true)
  return first < 0 ? nodes.length : first
}

test('the walk equals its slow twin', () => {
  for (let seed = 1; seed <= 2000; seed++) {
    const random = mulberry32(seed)
    const some: readonly Node[] = [
      address('10.0.0.1'),
      address('10.0.0.2'),
      address('203.0.113.7'),
      'hidden',
      'garbage',
    ]
    const nodes = Array.from({ length: Math.floor(random() * 7) }, () => {
      // Trusted addresses more often, so that walks get far.
      return some[Math.floor(random() ** 2 * some.length)]!
    })
    const trusts = (ip: string) => ip.startsWith('10.')
    assert.equal(rightmostUntrusted(nodes, trusts), slowReach(nodes, trusts), `seed ${seed}`)
  }
})

describe('spoofing', () => {
  const config = enrich.config.parse({
    proxy_headers: [
      {
        trusted_networks: ['10.0.0.0/8'],
        real_ip: ['forwarded', 'x-forwarded-for'],
        original_host: ['x-forwarded-host'],
        proto: ['x-forwarded-proto'],
        port: ['x-forwarded-port'],
      },
    ],
  })
  const enriched = (headers: readonly Header[], peer: string): Exchange => {
    const stage = drive(enrich.create(config, {}), { outputs: enrich.outputs })
    const connection = { ...CONNECTION, client: { ip: peer, port: 1 } }
    stage.feed(exchange({ connection, request: request({ headers }) }), 1)
    return stage.take<Exchange>('exchanges')[0]!
  }
  const PIECES = [
    'for=',
    '6.6.6.6',
    '10.0.0.9',
    ',',
    ';',
    '"',
    '\\',
    ' ',
    '[',
    ']',
    'unknown',
    ':80',
    '::1',
    'host=',
    '=',
  ]
  const forged = (random: () => number): string =>
    Array.from({ length: Math.floor(random() * 12) }, () => PIECES[Math.floor(random() * PIECES.length)]).join('')

  test('whatever an untrusted peer sends, only its hops are recorded', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = mulberry32(seed)
      const headers: Header[] = [
        ['Forwarded', forged(random)],
        ['X-Forwarded-For', forged(random)],
        ['X-Forwarded-Host', 'evil.example'],
        ['X-Forwarded-Proto', 'https'],
        ['X-Forwarded-Port', '8443'],
      ]
      const { hops, ...got } = enriched(headers, '198.51.100.9')
      const { hops: _, ...plain } = enriched([], '198.51.100.9')
      assert.deepEqual({ ...got, request: plain.request }, plain, `seed ${seed}`)
      assert.ok(
        hops.slice(1).every(hop => !hop.trusted),
        `seed ${seed}`,
      )
    }
  })

  test('whatever a client sends, the proxy that appends decides', () => {
    for (let seed = 1; seed <= 500; seed++) {
      const random = mulberry32(seed)
      for (const [name, own, client] of [
        ['X-Forwarded-For', '203.0.113.7', '203.0.113.7'],
        ['Forwarded', 'for=203.0.113.7', '203.0.113.7'],
        ['Forwarded', 'for="[2001:db8::7]:4711";proto=https', '2001:db8::7'],
        ['Forwarded', 'by="a\\"b,c";for="203.0.113.7"', '203.0.113.7'],
      ] as const) {
        const sent = forged(random)
        const got = enriched([[name, `${sent}, ${own}`]], '10.0.0.1')
        assert.equal(got.client.ip, client, `seed ${seed}: ${name}: ${sent}, ${own}`)
      }
    }
  })
})

test('any bytes in forwarding headers', () => {
  const ALPHABET = 'for=by;host,proto"\\[]:.%_ \t\n0123456789abcdefghijunkw\u0000\u00ff'
  for (let seed = 1; seed <= 500; seed++) {
    const random = mulberry32(seed)
    const text = Array.from(
      { length: Math.floor(random() * 400) },
      () => ALPHABET[Math.floor(random() * ALPHABET.length)],
    )
    assert.doesNotThrow(() => fuzz(Buffer.from(text.join(''), 'latin1')), `seed ${seed}`)
  }
})

test('a header as long as allowed takes no more than linear work', { timeout: 60_000 }, () => {
  const config = enrich.config.parse({
    proxy_headers: [{ trusted_networks: ['10.0.0.0/8'], real_ip: ['forwarded'] }],
    limits: { characters: 65_536, elements: 1000 },
  })
  const processor = enrich.create(config, {})
  for (const piece of ['"', '\\', '\\"', ',"', 'a="\\",', 'a=";', ';', '[', 'for=_.', ' ']) {
    const stage = drive(processor, { outputs: enrich.outputs })
    // Milliseconds now; quadratic work would be 4 thousand million steps for each piece.
    stage.feed(exchange({ request: request({ headers: [['Forwarded', piece.repeat(65_536 / piece.length)]] }) }), 1)
    assert.equal(stage.take('exchanges').length, 1)
  }
})
