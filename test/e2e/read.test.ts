import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { countBy, EXPECTED, SAMPLE, sampleConfig } from './sample.ts'
import { scratch, tapwire } from './tapwire.ts'

interface Line {
  readonly type: string
  readonly id: string
  readonly host: string
  readonly client: { readonly ip: string }
  readonly connection: { readonly encapsulation: readonly { readonly id: number }[] }
  readonly request: { readonly method: string; readonly target: string }
  readonly response: { readonly status: number } | null
  readonly attack: string
  readonly path: string
}

test('read finds in the sample what tshark and the access logs found', async t => {
  const config = sampleConfig(scratch(t))
  const ended = await tapwire(['read', '--config', config, SAMPLE])
  assert.equal(ended.stderr, '')
  assert.equal(ended.code, 0)
  const lines = ended.lines<Line>()
  const exchanges = lines.filter(line => line.type === 'exchange')
  assert.equal(exchanges.length, EXPECTED.exchanges)
  assert.deepEqual(
    countBy(exchanges, x => x.host),
    EXPECTED.hosts,
  )
  assert.deepEqual(
    countBy(exchanges, x => x.request.method),
    EXPECTED.methods,
  )
  assert.deepEqual(
    countBy(exchanges, x => String(x.response?.status)),
    EXPECTED.statuses,
  )
  assert.deepEqual(
    countBy(exchanges, x => String(x.connection.encapsulation[0]?.id ?? 'none')),
    EXPECTED.vlans,
  )
  const clients = countBy(exchanges, x => (x.client.ip.startsWith('10.20.') ? 'none' : x.client.ip))
  assert.deepEqual(clients, EXPECTED.clients)

  const detections = lines.filter(line => line.type === 'detection')
  const attackers = new Set(EXPECTED.attacks.map(attack => attack.client))
  assert.deepEqual(
    detections.filter(line => !attackers.has(line.client.ip)),
    [],
    'false alarms',
  )
  for (const attack of EXPECTED.attacks) {
    const found = detections.some(
      line => line.attack === attack.attack && line.client.ip === attack.client && attack.target.startsWith(line.path),
    )
    assert.ok(found, `${attack.name}: ${attack.method} ${attack.target}`)
  }
})

test('lines are the same with one thread and with several, and twice the same', async () => {
  const one = await tapwire(['read', '--workers', '1', SAMPLE])
  const four = await tapwire(['read', '--workers', '4', SAMPLE])
  assert.equal(one.code, 0)
  assert.ok(one.stdout.length > 10_000)
  assert.equal(four.stdout, one.stdout)
})

test('standard input, several files, and types', async () => {
  const bytes = readFileSync(SAMPLE)
  const piped = await tapwire(['read', '--only', 'detection', '-'], { stdin: bytes })
  const named = await tapwire(['read', '--only', 'detection', SAMPLE])
  assert.deepEqual(
    piped.lines<Line>().map(line => line.id),
    named.lines<Line>().map(line => line.id),
  )
  const twice = await tapwire(['read', '--only', 'exchange', SAMPLE, SAMPLE])
  assert.equal(twice.lines().length, 2 * EXPECTED.exchanges)
})

test('--summary is for people', async () => {
  const { stdout, code } = await tapwire(['read', '--summary', SAMPLE])
  assert.equal(code, 0)
  assert.match(stdout, new RegExp(`Exchanges +${EXPECTED.exchanges}`))
  assert.match(stdout, /ptrav +e\.g\. GET shop\.example/)
  assert.match(stdout, /Coverage +[\d,]+ bytes captured in [\d,]+ packets/)
})

test('--bodies adds bodies in base64', async () => {
  const { stdout } = await tapwire(['read', '--only', 'exchange', '--bodies', SAMPLE])
  const posts = stdout
    .split('\n')
    .filter(line => line.includes('"method":"POST"'))
    .map(line => JSON.parse(line) as { request: { body: string; bodyBytes: number } })
  assert.ok(posts.length > 0)
  for (const { request } of posts) assert.equal(Buffer.from(request.body, 'base64').length, request.bodyBytes)
})

test('a closed pipe is no error', async () => {
  const { code, signal, stderr } = await tapwire(['read', SAMPLE, SAMPLE, SAMPLE, SAMPLE, SAMPLE, SAMPLE, SAMPLE], {
    during: child => child.stdout!.once('data', () => child.stdout!.destroy()),
  })
  assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: '' })
})

test('a truncated capture gives what is readable, one line, and exit code 1; the other files are read', async t => {
  const folder = scratch(t)
  const bytes = readFileSync(SAMPLE)
  writeFileSync(join(folder, 'cut.pcapng'), bytes.subarray(0, bytes.length - 1000))
  const { code, stderr, lines } = await tapwire(['read', '--only', 'exchange', 'cut.pcapng', SAMPLE], { cwd: folder })
  assert.equal(code, 1)
  assert.match(stderr, /^tapwire: cut\.pcapng: [^\n]+byte \d+[^\n]*\n$/)
  assert.ok(lines().length > EXPECTED.exchanges * 1.5)
})
