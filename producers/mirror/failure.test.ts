import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WIRE_DEFAULTS } from '#schemas/config/wire.ts'
import { Segmenter } from '#schemas/wire/segmenter.ts'
import { WallClock } from '#schemas/wire/wall-clock.ts'
import { tcpFrame, text, vxlan } from '#test/driver/frames.ts'
import { Datagrams } from './datagrams.ts'
import { KernelDrops } from './kernel-drops.ts'
import { host, Seen } from './mirror.test-support.ts'
import { Mirror } from './mirror.ts'
import { bind } from './socket.ts'

test('when the socket fails, what came before is given out, every partition ends, and the reason is said', async () => {
  const { sensor, partitions, flowHashKey, batchBytes, wire } = host()
  const socket = await bind('127.0.0.1', 0, 65_536)
  const segmenter = new Segmenter({
    sensor,
    capture: 'mirror',
    source: 's',
    partitions,
    flowHashKey,
    batchBytes,
    time: 0,
    wire,
  })
  const chosen = {
    encapsulation: 'vxlan',
    sources: [],
    vnis: [],
    exceptVnis: [],
    innerVnis: [],
    truncated: false,
  } as const
  const datagrams = new Datagrams(segmenter, WIRE_DEFAULTS, { ...chosen, limits: { pendingBytes: 1e6 } }, null)
  const drops = await KernelDrops.of('127.0.0.1', socket.address().port)
  await using mirror = new Mirror({
    socket,
    datagrams,
    segmenter,
    drops,
    clock: new WallClock(),
    batchBytes,
    delayMs: 1000,
  })
  const { signal } = new AbortController()
  const reading = mirror.read(signal)
  socket.emit('message', vxlan(7, tcpFrame({}, text('last'))), {
    address: '10.0.0.1',
    port: 1,
    family: 'IPv4',
    size: 0,
  })
  socket.emit('error', new Error('gone'))
  const seen = new Seen()
  seen.add((await reading)!)
  assert.deepEqual([seen.payloads, seen.ends], [['last'], partitions])
  for (let i = 0; i < 2; i++)
    await assert.rejects(mirror.read(signal), { name: 'Refused', message: 'the socket of the mirror failed: gone' })
})
