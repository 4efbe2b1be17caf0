import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Segment } from '#schemas/records/segment.ts'
import { WallClock } from '#schemas/wire/wall-clock.ts'
import {
  close,
  connection,
  data,
  end,
  event,
  gap,
  ledgerOf,
  log,
  type Socket,
  said,
  stats,
  tls,
} from './agent.test-support.ts'
import { Connections } from './connections.ts'
import { Dispatch } from './dispatch.ts'
import { BrokenStream, FrameReader } from './frames.ts'
import type { ConnectionBody } from './messages.ts'
import { Outlet } from './outlet.ts'
import type { Watched } from './watched.ts'

const OPTIONS = { sensor: 's', source: 'host', flowHashKey: new Uint8Array(8), batchBytes: 65_536, time: 0, number: 0 }
const NONE = { stats: () => ({}), event: () => {} } as unknown as Watched

interface Settings {
  readonly most?: number
  readonly partitions?: number
  readonly wants?: (body: ConnectionBody) => boolean
}

/** What becomes of frames. */
function bench({ most = 100, partitions = 1, wants = () => true }: Settings = {}) {
  const outlet = new Outlet({ ...OPTIONS, partitions })
  const describe = ({ pid, comm, side }: ConnectionBody) => ({ pid, name: comm, side })
  const connections = new Connections(outlet, { most, wants, describe })
  const warnings: string[] = []
  const dispatch = new Dispatch(connections, NONE, outlet, new WallClock(), what => warnings.push(what))
  const reader = new FrameReader()
  const play = (...frames: readonly Uint8Array[]) => {
    for (const bytes of frames) reader.feed(bytes, dispatch.handle)
    return outlet.take()
  }
  return { play, connections, dispatch, outlet, warnings }
}

const ABOUT = '{"process":{"pid":7,"name":"nginx","side":"server"},"client":0}'
const ABOUT_TLS = '{"tls":{"library":"openssl"},"process":{"pid":7,"name":"nginx","side":"server"},"client":0}'

// The client 10.0.0.1 is endpoint a (0), and the process, 10.0.0.2, endpoint b (1).
const CASES: readonly (readonly [what: string, frames: readonly Uint8Array[], says: readonly string[]])[] = [
  [
    'a request and its response',
    [connection(), data(0, 0, 'GET'), data(1, 0, '200'), end(0, 3), end(1, 3), close(3, 3)],
    [`about SYN 0 ${ABOUT}`, '0 GET @0', '1 200 @0', '0 FIN @3', '1 FIN @3'],
  ],
  [
    'of a client the process is the opener',
    [
      connection({ side: 'client', local: ['10.0.0.1', 40_000], remote: ['10.0.0.2', 443], comm: 'curl' }),
      data(1, 0, 'GET'),
    ],
    ['about SYN 0 {"process":{"pid":7,"name":"curl","side":"client"},"client":0}', '0 GET @0'],
  ],
  ['TLS from the first byte', [connection(), tls(0, 0), data(0, 0, 'GET')], [`about SYN 0 ${ABOUT_TLS}`, '0 GET @0']],
  [
    'TLS behind a PROXY header',
    [connection(), data(0, 0, 'PROXY'), tls(5, 0), data(0, 5, 'GET')],
    [`about SYN 0 ${ABOUT}`, '0 PROXY @0', `about PSH 0 ${ABOUT_TLS}`, '0 GET @5'],
  ],
  [
    'open before the agent: it begins in the middle',
    [connection({ received: 2 ** 32 + 7, sent: 9 }, { flags: 1 }), data(0, 2 ** 32 + 7, 'GET'), data(1, 9, '200')],
    [`about 0 ${ABOUT}`, '0 GET @7', '1 200 @9'],
  ],
  [
    'bytes that the agent did not get',
    [connection(), data(1, 0, 'ab'), gap(1, 2, 70, { flags: 2 }), data(1, 72, 'cd')],
    [`about SYN 0 ${ABOUT}`, '1 ab @0', '1 [70] @2', '1 cd @72'],
  ],
  [
    'more than a sequence number can say',
    [connection(), gap(0, 0, 2 ** 32 + 5), data(0, 2 ** 32 + 5, 'x')],
    [`about SYN 0 ${ABOUT}`, `0 [${2 ** 32 - 1}] @0`, `0 [6] @${2 ** 32 - 1}`, '0 x @5'],
  ],
  [
    'a jump that nobody announced is a gap as well',
    [connection(), data(0, 0, 'a'), data(0, 5, 'b'), close(9, 2)],
    [`about SYN 0 ${ABOUT}`, '0 a @0', '0 [4] @1', '0 b @5', '0 [3] @6', '1 [2] @0', '0 FIN @9', '1 FIN @2'],
  ],
  [
    'bytes that are known are said once',
    [connection(), data(0, 0, 'abc'), data(0, 1, 'bcd'), data(0, 0, 'ab')],
    [`about SYN 0 ${ABOUT}`, '0 abc @0', '0 d @3'],
  ],
  [
    'aborted: what had ended stays as it is',
    [connection(), data(0, 0, 'GET'), end(1, 0), close(3, 0, { flags: 1 })],
    [`about SYN 0 ${ABOUT}`, '0 GET @0', '1 FIN @0', '0 RST @3'],
  ],
  ['a connection without a byte is not mentioned', [connection(), end(0, 0), close(0, 0)], []],
  [
    'two namespaces with the same addresses are two flows',
    [
      connection({}, { id: 1 }),
      connection({ netns: 4_026_532_000 }, { id: 2 }),
      data(0, 0, 'one', { id: 1 }),
      data(0, 0, 'two', { id: 2 }),
    ],
    [`about SYN 0 ${ABOUT}`, '0 one @0', `about SYN 0 ${ABOUT}`, '0 two @0'],
  ],
]

describe('what the agent says becomes segments', () => {
  for (const [what, frames, says] of CASES) {
    test(what, () => assert.deepEqual(said(bench().play(...frames)), says))
  }
})

test('a namespace is a layer of the identity, and so of the key', () => {
  const batches = bench().play(
    connection({}, { id: 1 }),
    connection({ netns: 77 }, { id: 2 }),
    data(0, 0, 'one', { id: 1 }),
    data(0, 0, 'two', { id: 2 }),
  )
  const segment = new Segment().reset(batches[0]!.batch)
  const found: (readonly [number, unknown])[] = []
  while (segment.next()) if (segment.ofFlow) found.push([segment.key, segment.identity().encapsulation])
  assert.deepEqual(found[0]![1], [{ type: 'netns', id: 4_026_531_840 }])
  assert.deepEqual(found[2]![1], [{ type: 'netns', id: 77 }])
  assert.notEqual(found[0]![0], found[2]![0])
})

describe('both ends on this machine, in one namespace', () => {
  const client: Socket = { side: 'client', local: ['10.0.0.1', 40_000], remote: ['10.0.0.2', 443], comm: 'curl' }
  const both = [connection(client, { id: 1 }), connection({}, { id: 2 })]

  test('the end whose bytes come first is published, the other one is its copy', () => {
    const { play, dispatch, connections } = bench()
    const batches = play(
      ...both,
      data(1, 0, 'GET', { id: 1 }),
      data(0, 0, 'GET', { id: 2 }),
      data(1, 0, '200', { id: 2 }),
      data(0, 0, '200', { id: 1 }),
      close(3, 3, { id: 2 }),
      close(3, 3, { id: 1 }),
    )
    assert.deepEqual(said(batches).slice(1), ['0 GET @0', '1 200 @0', '1 FIN @3', '0 FIN @3'])
    assert.equal(ledgerOf(batches).duplicate, 6)
    assert.equal(connections.stats()['connections.copy'], 1)
    assert.equal(dispatch.bytes, 12)
  })

  test('also when the one that was published is closed before the other one says anything', () => {
    const { play } = bench()
    const batches = play(...both, data(1, 0, 'GET', { id: 1 }), close(0, 3, { id: 1 }), data(0, 0, 'GET', { id: 2 }))
    assert.deepEqual(said(batches).slice(1), ['0 GET @0', '1 FIN @0', '0 FIN @3'])
    assert.equal(ledgerOf(batches).duplicate, 3)
  })

  test('an end that nobody can look into leaves the word to the other one', () => {
    const { play } = bench()
    const batches = play(...both, tls(0, 0, 0, { id: 1 }), tls(0, 0, 1, { id: 2 }), data(0, 0, 'GET', { id: 2 }))
    assert.deepEqual(said(batches), [`about SYN 0 ${ABOUT_TLS}`, '0 GET @0'])
  })

  test('the same ports once more are another connection', () => {
    const { play } = bench()
    play(
      ...both,
      data(1, 0, 'GET', { id: 1 }),
      data(0, 0, 'GET', { id: 2 }),
      close(0, 3, { id: 1 }),
      close(3, 0, { id: 2 }),
    )
    const again = play(
      connection(client, { id: 3 }),
      connection({}, { id: 4 }),
      data(1, 0, 'PUT', { id: 3 }),
      data(0, 0, 'PUT', { id: 4 }),
    )
    assert.deepEqual(said(again).slice(1), ['0 PUT @0'])
  })
})

test('what the rules do not want is filtered, asked once per connection', () => {
  let asked = 0
  const wants = ({ pid }: ConnectionBody): boolean => {
    asked++
    return pid === 7
  }
  const { play } = bench({ wants })
  const batches = play(
    connection({ pid: 8 }, { id: 1 }),
    connection({ netns: 5 }, { id: 2 }),
    data(0, 0, 'abc', { id: 1 }),
    data(0, 3, 'abc', { id: 1 }),
    data(0, 0, 'abc', { id: 2 }),
    close(6, 0, { id: 1 }),
  )
  assert.deepEqual(said(batches), [`about SYN 0 ${ABOUT}`, '0 abc @0'])
  assert.equal(ledgerOf(batches).filtered, 6)
  assert.equal(asked, 2)
})

test('a full table: a silent connection makes room, and its bytes are budget', () => {
  const { play, connections } = bench({ most: 2 })
  const batches = play(
    connection({}, { id: 1 }),
    connection({ netns: 2 }, { id: 2 }),
    connection({ netns: 3 }, { id: 3 }),
    data(0, 0, 'late', { id: 1 }),
    data(0, 0, 'b', { id: 2 }),
    data(0, 0, 'c', { id: 3 }),
  )
  assert.equal(connections.size, 2)
  assert.equal(connections.stats()['connections.evicted'], 1)
  assert.equal(ledgerOf(batches).budget, 4)
  assert.deepEqual(said(batches).slice(1), ['0 b @0', `about SYN 0 ${ABOUT}`, '0 c @0'])
})

test('captured = what the segments carry + what was settled here', () => {
  const { play } = bench({ partitions: 4 })
  const batches = play(
    connection(),
    data(0, 0, 'abcdef'),
    data(0, 3, 'def'),
    data(1, 0, 'xyz', { id: 99 }),
    stats({ ringLost: 10, cutLost: 20, tlsUnseen: 30, bytes: 9 }),
    stats({ ringLost: 15, cutLost: 20, tlsUnseen: 30 }),
  )
  const { captured, ...settled } = ledgerOf(batches)
  const segment = new Segment()
  let carried = 0
  for (const { batch } of batches) for (segment.reset(batch); segment.next(); ) carried += segment.length
  assert.deepEqual(settled, { duplicate: 3, budget: 3, dropped: 15, cap: 20, unsupported: 30 })
  assert.equal(captured, carried + 71)
})

test('of a new agent the counters begin at 0, and its connections are others', () => {
  const { play, dispatch, connections } = bench()
  play(connection(), data(0, 0, 'abc'), stats({ ringLost: 5, connections: 2 }), log('warn', 'x'))
  dispatch.over()
  const batches = play(
    connection({ received: 3 }, { flags: 1 }),
    data(0, 3, 'def'),
    stats({ ringLost: 2, connections: 1 }),
  )
  assert.deepEqual(said(batches), [`about 0 ${ABOUT}`, '0 def @3'])
  assert.equal(ledgerOf(batches).dropped, 2)
  const counts = dispatch.stats()
  assert.deepEqual([counts['agent.ringLost'], counts['agent.connections'], counts['agent.log.warn']], [7, 3, 1])
  assert.equal(connections.stats()['connections.orphaned'], 1)
})

test('a time from the future moves nothing far', () => {
  const { play, outlet } = bench()
  play(connection(), data(0, 0, 'a', { time: 8e15 }))
  assert.ok(outlet.time <= Date.now() * 1000 + 2_000_000)
})

test('the operator is told what cannot be seen and what the agent complains of: each once, in plain text, and not for ever', () => {
  const { play, dispatch, warnings } = bench()
  const unseen = (pid: number, exe: string) =>
    event({ event: 'unseen', pid, comm: 'app\u001b[2J', exe, reason: 'tls-unknown', text: 'no probe sees its TLS' })
  play(unseen(7, '/app'), unseen(8, '/app'), log('warn', 'busy'), log('warn', 'busy'), log('info', 'fine'))
  assert.deepEqual(warnings, ['process 7 (app?[2J, /app): no probe sees its TLS', 'the agent: busy'])
  for (let n = 0; n < 200; n++) play(unseen(n, `/app/${n}`))
  assert.equal(warnings.length, 100)
  assert.equal(dispatch.stats()['unseen.tls-unknown'], 202)
})

test('a jump that no connection can make breaks the stream', () => {
  const { play } = bench()
  assert.throws(() => play(connection(), data(0, 2 ** 41, 'x')), BrokenStream)
})
