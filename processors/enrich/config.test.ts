import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import enrich from './index.ts'

describe('configuration', () => {
  const issueOf = (config: unknown): string | undefined => enrich.config.safeParse(config).error?.issues[0]?.message

  test('defaults: nobody is trusted, application -1, monitoring', () => {
    assert.deepEqual(enrich.config.parse({}), {
      proxy_protocol: { trusted_networks: [], precedence: 'proxy-first' },
      proxy_headers: [],
      application: -1,
      mode: 'monitoring',
      routes: [],
      normalizePath: true,
      filters: { inspect: [], bypass: [] },
      limits: { elements: 32, characters: 4096 },
    })
  })

  test('says what is wrong', () => {
    assert.match(issueOf({ proxy_headers: [{ trusted_networks: ['10.1.0.0/8'] }] }) ?? '', /write 10\.0\.0\.0\/8/)
    assert.equal(issueOf({ proxy_headers: [{ real_ip: ['X Real IP'] }] }), 'not a header name')
    assert.match(issueOf({ proxy_headers: [{ port: ['Forwarded'] }] }) ?? '', /no port of its own/)
    assert.match(issueOf({ proxy_headers: [{ trusted_networks: [] }] }) ?? '', />=1/)
    assert.match(issueOf({ proxy_headers: [{ real_ips: [] }] }) ?? '', /real_ips/)
    assert.match(issueOf({ routes: [{ host: 'a.example' }, { host: 'A.example' }] }) ?? '', /listed twice/)
    assert.match(issueOf({ routes: [{ path: '^~/a' }, { host: '*', path: '/a' }] }) ?? '', /listed twice/)
    assert.match(issueOf({ routes: [{ path: '~ (a' }] }) ?? '', /RE2 syntax: missing closing/)
    assert.match(issueOf({ routes: [{ path: '=' }] }) ?? '', /nothing to compare/)
    assert.match(issueOf({ routes: [{ host: 'a[b.example' }] }) ?? '', /no pattern of hosts/)
    assert.match(issueOf({ routes: [{ host: 'a b' }] }) ?? '', /space/)
    assert.match(issueOf({ routes: nested(9) }) ?? '', /at most 8 levels/)
    assert.equal(issueOf({ routes: nested(8) }), undefined)
    const many = Array.from({ length: 501 }, (_, i) => ({ path: `~ a${i}` }))
    assert.match(issueOf({ routes: many }) ?? '', /at most 500 patterns/)
    const long = Array.from('abcdefghijklmnop', letter => `${letter}{900}`).join('')
    const large = Array.from({ length: 14 }, (_, i) => ({ path: `~ ${long}${i}` }))
    assert.match(issueOf({ routes: large }) ?? '', /too large together/)
  })

  test('warns of a rule that trusts everybody', () => {
    const warned = enrich.warnings?.(enrich.config.parse({ proxy_headers: [{ trusted_networks: ['::1'] }, {}] }))
    assert.deepEqual(warned, ['proxy_headers[1] has no trusted_networks: any client can claim any address'])
  })
})

function nested(levels: number): object[] {
  return levels === 1 ? [{}] : [{ routes: nested(levels - 1) }]
}
