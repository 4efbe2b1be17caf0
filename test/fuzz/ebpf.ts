/**
 * Fuzz target: what comes out of the eBPF agent, and through the TCP stage. Either the stream of frames is refused, or every
 * byte of it has one fate, and what the TCP stage makes of the segments obeys its laws (test/driver/tcp.ts).
 *
 *   u8 settings: room for connections, size of the pieces that the frames come in    then frames as in agent/PROTOCOL.md
 */
import assert from 'node:assert/strict'
import { close, connection, data, end, gap, log, stats, tls } from '#producers/ebpf/agent.test-support.ts'
import { Connections } from '#producers/ebpf/connections.ts'
import { Dispatch } from '#producers/ebpf/dispatch.ts'
import { BrokenStream, FrameReader } from '#producers/ebpf/frames.ts'
import { Outlet } from '#producers/ebpf/outlet.ts'
import type { Watched } from '#producers/ebpf/watched.ts'
import { Ledger } from '#schemas/records/ledger.ts'
import { checkFrame, Segment } from '#schemas/records/segment.ts'
import { WallClock } from '#schemas/wire/wall-clock.ts'
import { Stand } from '#test/driver/tcp.ts'

const NOBODY = { event: () => {}, stats: () => ({}) } as unknown as Watched
const cursor = new Segment()

export default function ebpf(input: Uint8Array): void {
  const settings = input[0] ?? 0
  const piece = 1 + (settings & 63) ** 2
  const outlet = new Outlet({
    sensor: 'fuzz',
    source: 'fuzz',
    partitions: 1,
    flowHashKey: new Uint8Array(8),
    batchBytes: 4096,
    time: 0,
    number: 0,
  })
  const connections = new Connections(outlet, {
    most: settings > 127 ? 2 : 100,
    wants: ({ pid }) => pid % 7 !== 3,
    describe: ({ pid, comm, side }) => ({ pid, name: comm, side }),
  })
  // Time stands still: what fails, fails again.
  const dispatch = new Dispatch(
    connections,
    NOBODY,
    outlet,
    new WallClock(
      () => 0,
      () => 2_000,
    ),
  )
  const reader = new FrameReader()
  const ledger = new Ledger()
  const stand = new Stand()
  for (let at = 1; at < input.length; at += piece) {
    try {
      reader.feed(input.subarray(at, at + piece), dispatch.handle)
    } catch (error) {
      assert.ok(error instanceof BrokenStream, String(error))
      break
    }
    take(outlet, ledger, stand)
  }
  dispatch.over()
  outlet.end()
  take(outlet, ledger, stand)
  assert.equal(ledger.pending, 0)
  stand.checkEmpty()
}

function take(outlet: Outlet, ledger: Ledger, stand: Stand): void {
  for (const { batch } of outlet.take()) {
    checkFrame(batch.frame, batch.count)
    ledger.merge(batch.ledger)
    for (cursor.reset(batch); cursor.next(); ledger.add('inspected', cursor.length));
    stand.play(batch)
  }
}

export function seeds(): readonly Uint8Array[] {
  const loop = [
    connection({ side: 'client', local: ['10.0.0.1', 40_000], remote: ['10.0.0.2', 443] }, { id: 1 }),
    connection({}, { id: 2 }),
  ]
  const talk = [
    connection({}, { id: 1 }),
    data(0, 0, 'PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n', { id: 1 }),
    tls(32, 0, 1, { id: 1 }),
    data(0, 32, 'GET / HTTP/1.1\r\n\r\n', { id: 1 }),
    data(1, 0, 'HTTP/1.1 200 OK\r\n\r\n', { id: 1 }),
    gap(1, 19, 2 ** 31, { id: 1, flags: 2 }),
    end(0, 50, { id: 1 }),
    close(50, 2 ** 31 + 19, { id: 1, flags: 1 }),
  ]
  const seed = (settings: number, frames: readonly Uint8Array[]) => Buffer.concat([Uint8Array.of(settings), ...frames])
  return [
    seed(5, talk),
    seed(63, [...loop, data(1, 0, 'abc', { id: 1 }), data(0, 0, 'abc', { id: 2 }), close(0, 3, { id: 1 })]),
    seed(
      130,
      [1, 2, 3, 4].flatMap(id => [connection({ netns: id, pid: id }, { id }), data(0, 0, 'x', { id })]),
    ),
    seed(40, [connection({ received: 7 }, { flags: 1 }), data(0, 7, 'x'), data(0, 7, 'xy'), stats({ ringLost: 5 })]),
    seed(1, [log('warn', 'x'), data(0, 0, 'of nobody', { id: 9 })]),
  ]
}
