import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mulberry32 } from '#test/driver/random.ts'
import { close, connection, data, end, frame, gap, hello, tls } from './agent.test-support.ts'
import { BrokenStream, type Frame, FrameReader } from './frames.ts'
import {
  readConnection,
  readHello,
  readOffset,
  readPair,
  readProcessEvent,
  readStats,
  readTlsKind,
} from './messages.ts'

const told = ({ type, direction, flags, time, id, body }: Frame): string =>
  [type, direction, flags, time, id, Buffer.from(body).toString('hex')].join(' ')

function read(chunks: readonly Uint8Array[]): string[] {
  const reader = new FrameReader()
  const found: string[] = []
  for (const chunk of chunks) {
    // A copy that is overwritten after the call: what is kept of it without copying shows.
    const own = new Uint8Array(chunk)
    reader.feed(own, one => found.push(told(one)))
    own.fill(0xff)
  }
  return found
}

const STREAM = Buffer.concat([
  hello(),
  connection({}, { id: 9, flags: 1 }),
  data(0, 0, 'GET / HTTP/1.1\r\n\r\n', { id: 9, time: 5 }),
  data(1, 70, 'x'.repeat(60_000), { id: 9 }),
  frame(99, new Uint8Array(0)),
  gap(1, 60_070, 12, { id: 9, flags: 4 }),
  close(18, 60_082, { id: 9, flags: 1 }),
])

test('any cut of the stream gives the same frames', () => {
  const whole = read([STREAM])
  assert.equal(whole.length, 7)
  for (let seed = 1; seed <= 100; seed++) {
    const random = mulberry32(seed)
    const longest = seed % 3 === 0 ? 5 : 70_000
    const chunks: Uint8Array[] = []
    const part = seed % 3 === 0 ? STREAM.subarray(0, 400) : STREAM
    for (let at = 0; at < part.length; ) {
      const to = Math.min(part.length, at + 1 + Math.floor(random() * longest))
      chunks.push(part.subarray(at, to))
      at = to
    }
    const found = read(chunks)
    assert.deepEqual(found, whole.slice(0, found.length), `seed ${seed}`)
    if (part === STREAM) assert.equal(found.length, whole.length, `seed ${seed}`)
  }
})

test('an id beyond 2^53 is exact', () => {
  const bytes = Buffer.from(close(0, 0))
  bytes.writeBigUInt64LE(2n ** 63n + 1n, 16)
  let id: unknown
  new FrameReader().feed(bytes, one => {
    id = one.id
  })
  assert.equal(id, 2n ** 63n + 1n)
})

const lengthened = (length: number): Buffer => {
  const bytes = Buffer.from(close(0, 0))
  bytes.writeUInt32LE(length)
  return bytes
}
const timed = Buffer.from(close(0, 0))
timed.writeBigUInt64LE(2n ** 60n, 8)

for (const [what, bytes] of [
  ['shorter than its header', lengthened(19)],
  ['longer than any', lengthened(20 + 65_536 + 1)],
  ['of 4 GiB', lengthened(0xffff_ffff)],
  ['of a time that is no number', timed],
] as const) {
  test(`refused: a frame ${what}`, () => {
    assert.throws(() => read([bytes]), BrokenStream)
    // Before anything of it is kept.
    assert.throws(() => read([bytes.subarray(0, 3), bytes.subarray(3)]), BrokenStream)
  })
}

const bodyOf = (bytes: Buffer): Uint8Array => bytes.subarray(24)

test('a connection', () => {
  const socket = { side: 'client', pid: 12, received: 5, sent: 2 ** 40, comm: 'sixteen-letters!' } as const
  assert.deepEqual(readConnection(bodyOf(connection(socket))), {
    netns: 4_026_531_840,
    pid: 12,
    side: 'client',
    family: 4,
    cgroup: 0n,
    received: 5,
    sent: 2 ** 40,
    localPort: 443,
    remotePort: 40_000,
    local: Uint8Array.of(10, 0, 0, 2),
    remote: Uint8Array.of(10, 0, 0, 1),
    comm: 'sixteen-letters!',
  })
})

test('positions', () => {
  assert.equal(readOffset(bodyOf(end(0, 77))), 77)
  assert.deepEqual(readPair(bodyOf(close(1, 2 ** 53 - 1))), [1, 2 ** 53 - 1])
  assert.equal(readTlsKind(bodyOf(tls(0, 0, 1))), 1)
})

test('counters are whole numbers', () => {
  const body = Buffer.from('{"bytes":5,"odd":1.5,"big":9007199254740993,"text":"x","list":[1]}')
  assert.deepEqual(readStats(body), new Map([['bytes', 5]]))
})

test('an event of a newer agent is none', () => {
  assert.equal(readProcessEvent(Buffer.from('{"event":"nap","pid":1}')), null)
})

const short = (bytes: Buffer): Uint8Array => bytes.subarray(24, bytes.length - 1)
const family = Buffer.from(connection())
family.writeUInt8(5, 24 + 13)

for (const [what, call] of [
  ['a connection', () => readConnection(short(connection()))],
  ['a connection of another family', () => readConnection(bodyOf(family))],
  ['a position', () => readOffset(short(end(0, 1)))],
  ['a pair', () => readPair(short(close(1, 1)))],
  ['a tls', () => readTlsKind(short(tls(1, 1)))],
  ['a hello', () => readHello(short(hello()))],
  ['a hello without a version', () => readHello(Buffer.from('{"agent":"a","kernel":"b"}'))],
  ['counters', () => readStats(Buffer.from('[1]'))],
] as const) {
  test(`refused: ${what}`, () => assert.throws(call, BrokenStream))
}
