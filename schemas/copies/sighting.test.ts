import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Exchange } from '#schemas/records/exchange.ts'
import { exchange } from '#test/driver/records.ts'
import { sightingOf } from './sighting.ts'

const plain = exchange()
const asked = (changes: Partial<Exchange['request']>) =>
  sightingOf({ ...plain, request: { ...plain.request, ...changes } })
const seen = (changes: Partial<Exchange['connection']>) =>
  sightingOf({ ...plain, connection: { ...plain.connection, ...changes } })

test('content is method, query and body; the path is compared apart', () => {
  const { content } = sightingOf(plain)!
  assert.equal(asked({ path: '/other', target: '/other', version: '2', headers: [] })?.content, content)
  for (const changes of [
    { method: 'PUT' },
    { query: 'other=1' },
    { bodyBytes: plain.request.bodyBytes + 1 },
    { body: new Uint8Array([1]) },
  ])
    assert.notEqual(asked(changes)?.content, content, JSON.stringify(changes))
})

test('of bodies the length and the first 4 KiB count: captures keep more or less of them', () => {
  const body = new Uint8Array(10_000)
  const content = (kept: Uint8Array) => asked({ body: kept, bodyBytes: 10_000 })?.content
  assert.equal(content(body), content(body.subarray(0, 4096)))
  assert.notEqual(content(body), content(body.with(4095, 1)))
})

test('a place is a capture, a side and a server', () => {
  const process = { pid: 7, name: 'nginx', side: 'server' } as const
  const places = [
    seen({}),
    seen({ capture: 'ebpf' }),
    seen({ capture: 'ebpf', process }),
    seen({ capture: 'ebpf', process: { ...process, side: 'client' } }),
    seen({ server: { ip: '10.9.9.9', port: 1 } }),
  ].map(sighting => sighting?.place)
  assert.equal(new Set(places).size, places.length)
  assert.deepEqual(seen({ process })?.process, { pid: 7, side: 'server' })
  assert.equal('process' in seen({ process: { pid: 7, name: 'nginx' } })!, false)
})

test('responses alone and messages of a WebSocket are no requests', () => {
  assert.equal(asked({ method: '' }), null)
  const message = { from: 'client', kind: 'text', exchange: 'x', frames: 1, code: null, handshake: [] } as const
  assert.equal(sightingOf({ ...plain, message }), null)
})
