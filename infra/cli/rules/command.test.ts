import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { after, describe, test } from 'node:test'
import { parseCommand } from '../command.ts'
import { rules } from '../commands/rules.ts'
import { ROOT } from '../components.ts'
import { main } from '../main.ts'

const folder = mkdtempSync(join(tmpdir(), 'tapwire-rules-'))
after(() => rmSync(folder, { recursive: true }))

const SAMPLE = join(ROOT, 'infra/sample/sample.pcapng')

interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

async function tapwire(words: readonly string[], stdin = ''): Promise<Ended> {
  const texts = { out: '', err: '' }
  const stream = (name: 'out' | 'err') =>
    new Writable({
      write(chunk, _encoding, done) {
        texts[name] += String(chunk)
        done()
      },
    }) as unknown as NodeJS.WriteStream
  const code = await main(['rules', ...words], {
    stdin: Readable.from([Buffer.from(stdin)]) as unknown as NodeJS.ReadStream,
    stdout: stream('out'),
    stderr: stream('err'),
    cwd: folder,
    env: {},
    signal: new AbortController().signal,
  })
  return { code, ...texts }
}

const REQUEST = 'POST /search?q=1%20union%20select%20a HTTP/1.1\nX-Note: nothing\n\n{"a":"b"}'

describe('rules explain', () => {
  test('says what was found in a raw request, why, and what would be harmless', async () => {
    writeFileSync(join(folder, 'request.txt'), REQUEST)
    const { code, out } = await tapwire(['explain', 'request.txt', '--host', 'shop.example'])
    assert.equal(code, 0)
    assert.match(out, /^POST \/search\?q=1%20union%20select%20a {2}host shop\.example\n/)
    assert.match(
      out,
      /\nquery\.q: 1 union select a\n(?: {4}.*\n)* {4}sqli looks for [^\n]*"union select"[^\n]*: sqli\.union-select\n/,
    )
    assert.match(
      out,
      /\nSQLI {2}sqli\.union-select {2}critical {2}CWE-89, A03:2021 {2}tapwire@[0-9a-f]{16}\n {4}at {7}query\.q /,
    )
    assert.match(out, /\n {4}why {6}\S[^\n]+\n {4}unless {3}\S/)
    assert.match(out, /more values interest nobody/)
    assert.match(out, /\nReported: sqli\.\n$/)
  })

  test('takes the response from a file', async () => {
    writeFileSync(join(folder, 'response.txt'), 'HTTP/1.1 503 Service Unavailable\nContent-Type: text/plain\n\nsorry')
    const { out } = await tapwire(['explain', 'request.txt', '--response', 'response.txt', '--json'])
    const { detections, anomalies } = JSON.parse(out)
    assert.deepEqual(detections[0].response, { status: 503 })
    assert.deepEqual(anomalies, ['http1.missing-host'])
  })

  test('--json says the same, with every value', async () => {
    const { out } = await tapwire(['explain', '-', '--json'], REQUEST.replaceAll('\n', '\r\n'))
    const { values, detections, ignored } = JSON.parse(out)
    assert.deepEqual(
      detections.map(({ rule }: { rule: string }) => rule),
      ['sqli.union-select'],
    )
    assert.ok(
      values.some(
        ({ point, text }: { point: string[]; text: string }) =>
          point.join() === 'query,q' && text === '1 union select a',
      ),
    )
    assert.deepEqual(ignored, [])
  })

  test('a rule that finds nothing says what kept it from it, and an exception is named', async () => {
    const pack = `pack: shop
rules:
  - { id: infoleak.canary, attack: infoleak, severity: low, why: A rule of this test., where: { methods: [PUT] }, match: { contains: union } }
exceptions:
  - { why: Our search takes SQL., attacks: [sqli], where: { paths: [/search] } }
`
    writeFileSync(join(folder, 'shop.yaml'), pack)
    writeFileSync(join(folder, 'tapwire.yaml'), 'processors: { detect: { rules: { files: [shop.yaml] } } }')
    const { out } = await tapwire(['explain', 'request.txt', '-c', 'tapwire.yaml'])
    assert.match(
      out,
      /rules-request looks for "union": nothing\n {6}not infoleak\.canary: its where does not hold for the request\n/,
    )
    assert.match(out, /\nignored: sqli\.union-select at query\.q: disabled, or an exception holds\n/)
    assert.match(out, /\nNothing is reported\.\n$/)
  })

  test('takes an exchange of a capture, by number or id', async () => {
    const { out } = await tapwire(['explain', SAMPLE, '--exchange', '1', '--json'])
    const { exchange, method } = JSON.parse(out)
    assert.equal(method, 'GET')
    assert.equal(
      JSON.parse((await tapwire(['explain', SAMPLE, '--exchange', exchange, '--json'])).out).exchange,
      exchange,
    )
    const { code, err } = await tapwire(['explain', SAMPLE, '--exchange', 'nonsense'])
    assert.equal(code, 2)
    assert.match(err, /--exchange nonsense: .* has \d+ exchanges, and none of that id/)
  })

  test('what is no request is said', async () => {
    const { code, err } = await tapwire(['explain', '-'], 'hello')
    assert.equal(code, 2)
    assert.match(err, /-: no HTTP request: it begins with a line such as GET/)
  })
})

describe('rules test', () => {
  test('passes for the packs that come with Tapwire', async () => {
    const { code, out } = await tapwire(['test'])
    assert.equal(code, 0)
    assert.match(out, /^known-exploits: \d+ rules, \d+ tests, 0 failed\n$/)
  })

  test('names the value that is judged otherwise, and why', async () => {
    writeFileSync(
      join(folder, 'wrong.yaml'),
      'pack: wrong\nrules: [{ id: xss.a, attack: xss, severity: low, why: A rule of this test., match: { contains: abc }, tests: { positive: [abd], negative: [xabcx] } }]\n',
    )
    const { code, out } = await tapwire(['test', 'wrong.yaml'])
    assert.equal(code, 1)
    assert.equal(
      out,
      'wrong.yaml: xss.a: "abd" should be found: none of its needles occurs\n' +
        'wrong.yaml: xss.a: "xabcx" should be not found: contains "abc"\nwrong: 1 rules, 2 tests, 2 failed\n',
    )
  })

  test('a broken pack is said with its place', async () => {
    writeFileSync(join(folder, 'broken.yaml'), 'pack: broken\nrules:\n  - id: xss.a\n    attack: xs\n')
    const { code, err } = await tapwire(['test', 'broken.yaml'])
    assert.equal(code, 2)
    assert.match(err, /broken\.yaml:4:13 rules\[0\]\.attack: /)
  })
})

test('rules bench says how often each was called, and names the dearest', async () => {
  const { code, out } = await tapwire(['bench', SAMPLE])
  assert.equal(code, 0)
  assert.match(out, /^\d+ exchanges, \d+ ns each/)
  assert.match(out, /\n {2}called {3}found {2}ns\/exchange {2}detector .*\n( +[\d.]+ % +[\d.]+ % +[\d.]+ {2}\S+.*\n)+/)
  assert.match(out, /\nDearest: \S+, [\d.]+ ns per exchange/)
})

test('rules bench names a rule that is over its budget', async () => {
  const pack =
    'pack: dear\nrules: [{ id: xss.dear, attack: xss, severity: low, why: A rule of this test., match: { regex: "shop(.{1,50}x){1,20}" } }]\n'
  writeFileSync(join(folder, 'dear.yaml'), pack)
  writeFileSync(
    join(folder, 'dear-config.yaml'),
    'processors: { detect: { rules: { files: [dear.yaml], maxSteps: 100 } } }',
  )
  const { out } = await tapwire(['bench', SAMPLE, '-c', 'dear-config.yaml'])
  assert.match(out, /\nxss\.dear: \d+ steps an exchange, over its budget: it would be quarantined\n/)
})

test('wrong usage is helped', async () => {
  assert.equal((await tapwire(['tset'])).code, 2)
  assert.match((await tapwire(['bench'])).err, /name a capture/)
  assert.ok(parseCommand(rules, ['test', '-c', 'a.yaml']))
})
