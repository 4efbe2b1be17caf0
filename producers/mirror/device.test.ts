/** A mirror that Linux itself makes: its tunnel device, its segmentation. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openHub } from '#test/driver/hub.ts'
import { openMirror, Seen } from './mirror.test-support.ts'

const VNI = 77
const PORT = 4789
const BODY = '#'.repeat(20_000)

test('a VXLAN device: both directions of a connection, whole', async t => {
  const hub = openHub(t, VNI, PORT)
  if (hub === null) return
  await using mirror = await openMirror({ encapsulation: 'vxlan', listen: `${hub.listen}:${PORT}`, vnis: [VNI] })
  await hub.serve(BODY)
  assert.deepEqual(await hub.get(['/one', '/two']), [BODY, BODY])
  const seen = new Seen()
  const { signal } = new AbortController()
  const bodyBytes = (): number => seen.payloads.join('').split('#').length - 1
  while (bodyBytes() < 2 * BODY.length) seen.add((await mirror.read(signal))!)
  const requests = seen.payloads.flatMap(payload => /^GET (\S+)/.exec(payload)?.[1] ?? [])
  assert.deepEqual(requests.toSorted(), ['/one', '/two'])
  assert.ok(seen.encapsulations.every(([layer]) => layer?.type === 'vxlan' && layer.vni === VNI))
  assert.deepEqual([seen.ledger.pending, seen.ledger.get('damaged')], [0, 0], JSON.stringify(mirror.stats()))
})
