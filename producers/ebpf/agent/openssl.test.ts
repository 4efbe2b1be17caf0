/** TLS plaintext and the sockets it belongs to, for each way in which programs use OpenSSL. */
import assert from 'node:assert/strict'
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { TYPE } from '../messages.ts'
import { ready, type Seen, type Stream, Watch } from './watch.test-support.ts'

const folder = mkdtempSync(join(tmpdir(), 'tapwire-agent-'))
const [CERT, KEY] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
const OPENSSL = 1
const TLS_GAP = 64
const SIZE = 400_000
/** The most plaintext in one record of TLS. */
const RECORD = 16_384

before(() => {
  const subject = ['-subj', '/CN=localhost', '-days', '2']
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', KEY]
  execFileSync('openssl', ['req', '-x509', ...key, '-out', CERT, ...subject], { stdio: 'ignore' })
})
after(() => rmSync(folder, { recursive: true }))

/** One agent for all tests that need no other: to start and to end it takes longer than most of them. */
let running: Promise<Watch> | null = null
function shared(): Promise<Watch> {
  running ??= Watch.start(['--ring-bytes', String(64 << 20)])
  return running
}
after(async () => {
  if (running !== null) await (await running)[Symbol.asyncDispose]()
})

/** The bytes that the programs of testdata/ move. */
const PATTERN = Buffer.from(Uint8Array.from({ length: SIZE }, (_, i) => i * 31 + Math.floor(i / 256) * 17))

interface Echo {
  readonly child: ChildProcess
  readonly port: number
  /** The next line that it prints. */
  line(): Promise<string>
}

/** One of the programs of testdata/. */
async function echo(name: string, ...words: readonly string[]): Promise<Echo> {
  const file = fileURLToPath(new URL(`testdata/${name}`, import.meta.url))
  const program = name.endsWith('.py') ? 'python3' : process.execPath
  const [mode = '', ...rest] = words
  const child = spawn(program, [file, mode, CERT, KEY, String(SIZE), ...rest], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const line = async (): Promise<string> => (await lines.next()).value ?? ''
  return { child, port: Number(await line()), line }
}

async function ended({ child }: Echo): Promise<void> {
  if (child.exitCode === null) await once(child, 'close')
  assert.equal(child.exitCode, 0)
}

const ofServer = (both: readonly Seen[]): Seen => both.find(seen => seen.side === 'server')!
const whole = (stream: Stream): boolean => stream.gaps.length === 0 && stream.bytes.equals(PATTERN)

const ways = [
  ['tls_echo.py', 'socket'],
  ['tls_echo.py', 'memory'],
  ['tls_echo.ts', 'memory'],
] as const

for (const [name, mode] of ways) {
  test(`${name} ${mode}: plaintext of both ends, no ciphertext, nothing twice`, async t => {
    if (!ready(t, 'python3')) return
    const watch = await shared()
    const program = await echo(name, mode)
    await ended(program)
    const both = await watch.closed(program.port, 2)
    assert.deepEqual(both.map(seen => seen.side).sort(), ['client', 'server'])
    for (const { side, streams, tls, pid } of both) {
      assert.deepEqual(tls, [{ kind: OPENSSL, at: [0, 0] }], side)
      assert.equal(pid, program.child.pid)
      assert.ok(streams.every(whole), `${side}: ${streams.map(stream => stream.at)} bytes`)
    }
  })

  test(`${name} ${mode}: of a connection that is older than the agent, what comes from then on`, async t => {
    if (!ready(t, 'python3')) return
    const program = await echo(name, mode, 'half')
    assert.equal(await program.line(), 'half')
    await using watch = await Watch.start([], [`pid ${program.child.pid} both`, 'apply'])
    program.child.stdin!.end('\n')
    await ended(program)
    const both = await watch.closed(program.port, 2)
    assert.deepEqual(both.map(seen => seen.side).sort(), ['client', 'server'])
    for (const { side, streams, midstream } of both) {
      assert.equal(midstream, true, side)
      // A read that was waiting when the agent came is not seen returning: its record is missing.
      for (const { bytes } of streams) {
        assert.ok(bytes.length >= SIZE / 2 - RECORD, `${side}: ${bytes.length} bytes`)
        assert.ok(bytes.equals(PATTERN.subarray(SIZE - bytes.length)), `${side}: other bytes`)
      }
    }
  })
}

test('of connections that nobody wants no plaintext comes, none is held, and no process is accused', async t => {
  if (!ready(t, 'python3')) return
  for (const [name, mode] of ways) {
    const watch = await Watch.start([], [`pid ${process.pid} out`, 'apply'])
    const program = await echo(name, mode)
    await ended(program)
    const [seen] = await watch.closed(program.port, 1)
    assert.ok(seen?.streams.every(whole))
    const { connections, tlsHeld, tlsUnattributed } = await watch.stop()
    assert.deepEqual({ connections, tlsHeld, tlsUnattributed }, { connections: 1, tlsHeld: 0, tlsUnattributed: 0 })
    assert.deepEqual(
      watch.of(TYPE.process).filter(said => said['event'] === 'unseen'),
      [],
    )
  }
})

test('new rules hold for TLS connections that are open', async t => {
  if (!ready(t, 'python3')) return
  for (const [name, mode] of ways) {
    await using watch = await Watch.start([], [`pid ${process.pid} in`, 'apply'])
    const program = await echo(name, mode, 'half')
    assert.equal(await program.line(), 'half')
    await watch.apply(`pid ${program.child.pid} out`)
    program.child.stdin!.end('\n')
    await ended(program)
    const both = await watch.closed(program.port, 2)
    for (const { side, streams, midstream } of both) {
      assert.equal(midstream, side === 'client')
      const half = side === 'client' ? PATTERN.subarray(SIZE / 2) : PATTERN.subarray(0, SIZE / 2)
      // A call that was judged when it began, under the rules of then, may end under these.
      for (const { bytes } of streams)
        assert.ok(
          half.includes(bytes) && bytes.length >= half.length - RECORD,
          `${name} ${mode} ${side}: ${bytes.length} ${half.includes(bytes)}`,
        )
    }
  }
})

test('one perf event for each probe, as before Linux 6.6', async t => {
  if (!ready(t, 'python3')) return
  await using watch = await Watch.start(['--perf-uprobes'])
  const program = await echo('tls_echo.py', 'socket')
  await ended(program)
  for (const { streams } of await watch.closed(program.port, 2)) assert.ok(streams.every(whole))
})

test('openssl s_server, whose calls go through a BIO and no exported function', async t => {
  if (!ready(t, 'openssl', 'curl')) return
  const words = ['s_server', '-accept', '0', '-cert', CERT, '-key', KEY, '-WWW']
  const watch = await shared()
  const server = spawn('openssl', words, { cwd: folder, stdio: ['pipe', 'pipe', 'ignore'] })
  t.after(() => server.kill())
  const lines = createInterface({ input: server.stdout })
  const port = await new Promise<number>(resolve =>
    lines.on('line', line => {
      const accepting = /^ACCEPT .*:(\d+)/.exec(line)
      if (accepting !== null) resolve(Number(accepting[1]))
    }),
  )
  const url = `https://127.0.0.1:${port}/cert.pem`
  execFileSync('curl', ['-sk', '-o', '/dev/null', url])
  const { streams } = ofServer(await watch.closed(port, 2))
  assert.match(streams[0].bytes.toString(), /^GET \/cert\.pem HTTP\/1\.1\r\n/)
  assert.ok(streams[1].bytes.includes(readFileSync(CERT)))
})

test('a thousand connections at once, each with its own bytes', async t => {
  if (!ready(t)) return
  const crowd = 1000
  const watch = await shared()
  const file = fileURLToPath(new URL('testdata/tls_crowd.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [file, CERT, KEY, String(crowd)])
  const all = await watch.closed(Number(stdout), 2 * crowd)
  const sides = new Map<string, string[]>()
  for (const { side, streams, tls } of all) {
    assert.equal(tls[0]?.kind, OPENSSL)
    const [received, sent] = streams.map(stream => stream.bytes)
    assert.ok(Buffer.from(received!).reverse().equals(sent!))
    const number = (side === 'server' ? received! : sent!).toString().split(' ')[0]!
    sides.set(side, [...(sides.get(side) ?? []), number])
  }
  const numbers = Array.from({ length: crowd }, (_, i) => String(i)).sort()
  assert.deepEqual(sides.get('server')?.sort(), numbers)
  assert.deepEqual(sides.get('client')?.sort(), numbers)
})

test('TLS that no probe sees into: nothing but that it is there, and the process by name', async t => {
  if (!ready(t, 'python3')) return
  await using watch = await Watch.start(['--no-tls'])
  const program = await echo('tls_echo.py', 'socket')
  await ended(program)
  for (const { streams, tls } of await watch.closed(program.port, 2)) {
    assert.deepEqual(tls, [{ kind: 0, at: [0, 0] }])
    assert.deepEqual(
      streams.map(stream => stream.at),
      [0, 0],
    )
  }
  const unseen = watch.of(TYPE.process).filter(said => said['event'] === 'unseen')
  assert.deepEqual(
    unseen.map(said => [said['pid'], said['reason']]),
    [[program.child.pid, 'tls-unknown']],
  )
})

/** Two plain bytes streams over loopback in this process: what the client says, and what the server answers to each piece. */
async function plain(pieces: readonly (readonly [client: string, server: string])[]): Promise<number> {
  const server = createServer({ noDelay: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { readonly port: number }
  const client = connect(port, '127.0.0.1')
  const [peer] = (await once(server, 'connection')) as [ReturnType<typeof connect>]
  for (const [ask, answer] of pieces) {
    client.write(Buffer.from(ask, 'latin1'))
    await once(peer, 'data')
    if (answer === '') continue
    peer.write(Buffer.from(answer, 'latin1'))
    await once(client, 'data')
  }
  client.end()
  peer.end()
  await Promise.all([once(client, 'close'), once(peer, 'close')])
  server.close()
  return port
}

const HELLO = `\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00${'x'.repeat(50)}`

test('who begins like a handshake to a server without TLS does not hide what follows', async t => {
  if (!ready(t)) return
  const watch = await shared()
  const port = await plain([
    [HELLO, 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['GET /etc/passwd HTTP/1.1\r\n\r\n', 'no'],
  ])
  const [received, sent] = ofServer(await watch.closed(port, 2)).streams
  assert.deepEqual(received.gaps, [{ offset: 0, length: HELLO.length, why: TLS_GAP }])
  assert.equal(received.bytes.toString(), 'GET /etc/passwd HTTP/1.1\r\n\r\n')
  assert.equal(sent.bytes.toString(), 'HTTP/1.1 400 Bad Request\r\n\r\nno')
})

test('a handshake in the middle of a plain connection, which nobody proves, is plain', async t => {
  if (!ready(t)) return
  const watch = await shared()
  const port = await plain([
    ['POST / HTTP/1.1\r\n\r\n', ''],
    [HELLO, 'yes'],
  ])
  const [received] = ofServer(await watch.closed(port, 2)).streams
  assert.equal(received.bytes.toString('latin1'), `POST / HTTP/1.1\r\n\r\n${HELLO}`)
})

const PROXY_V1 = 'PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n'
const PROXY_V2 = '\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\xc0\x00\x02\x01\xc0\x00\x02\x02\xdc\x04\x01\xbb'
const ANSWER = '\x16\x03\x03\x00\x02\x02\x00'

for (const [name, header] of Object.entries({ 'PROXY 1': PROXY_V1, 'PROXY 2': PROXY_V2 })) {
  test(`${name} before TLS stays: alone, or in one piece with the handshake`, async t => {
    if (!ready(t)) return
    await using watch = await Watch.start(['--no-tls'])
    for (const pieces of [
      [
        [header, ''],
        [HELLO, ANSWER],
      ],
      [[header + HELLO, ANSWER]],
    ] as const) {
      const port = await plain(pieces)
      const { streams, tls } = ofServer(await watch.closed(port, 2))
      assert.equal(streams[0].bytes.toString('latin1'), header)
      assert.deepEqual(streams[0].gaps, [])
      assert.deepEqual(tls, [{ kind: 0, at: [header.length, 0] }])
    }
  })
}
