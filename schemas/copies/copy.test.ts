import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { likeness } from './copy.ts'
import type { Sighting } from './sighting.ts'
import { inner, sighting } from './sightings.test-support.ts'

const CLOSENESS = { window: 5_000_000, slack: 10_000 }
const trace = { trace: 'a'.repeat(32) }

const edge = sighting()
const traced = sighting({ ids: trace })
const socket = { client: edge.client, server: edge.server }

describe('one request', () => {
  const cases: readonly (readonly [what: string, a: Sighting, b: Sighting, why: string])[] = [
    ['a socket seen by two captures', edge, sighting({ ...socket, place: 'pcap  10.0.0.1 443' }), 'socket'],
    ['a socket seen from two machines alike', edge, sighting(socket), 'socket'],
    ['a socket seen from both ends', edge, sighting({ ...socket, place: 'ebpf client 10.0.0.1 443' }), 'socket'],
    ['the next hop, by trace', traced, inner(traced, '10.0.0.2'), 'id'],
    [
      'by trace, though the request id was made anew',
      sighting({ ids: { ...trace, request: 'a' } }),
      inner(edge, '10.0.0.2', { ids: { ...trace, request: 'b' } }),
      'id',
    ],
    ['by request id', sighting({ ids: { request: 'a' } }), inner(edge, '10.0.0.2', { ids: { request: 'a' } }), 'id'],
    [
      'by trace, with a path that was cut',
      sighting({ ids: trace, path: '/api/cart' }),
      inner(traced, '10.0.0.2'),
      'id',
    ],
    ['by trace, answered otherwise', traced, inner(traced, '10.0.0.2', { status: 503 }), 'id'],
    ['the next hop, by address', edge, inner(edge, '10.0.0.2'), 'cause'],
    [
      'the next hop, by process',
      sighting({ process: { pid: 7, side: 'server' } }),
      inner(edge, '10.0.0.2', { client: { ip: '172.17.0.1', port: 1 }, process: { pid: 7, side: 'client' } }),
      'cause',
    ],
    [
      'within what clocks may differ',
      edge,
      inner(edge, '10.0.0.2', { time: edge.time - 10_000, end: edge.end + 10_000 }),
      'cause',
    ],
    ['only one of them has an id', traced, inner(edge, '10.0.0.2'), 'cause'],
  ]
  for (const [what, a, b, why] of cases) {
    test(what, () => {
      assert.equal(likeness(a, b, CLOSENESS), why)
      assert.equal(likeness(b, a, CLOSENESS), why)
    })
  }
})

describe('two requests', () => {
  const cases: readonly (readonly [what: string, a: Sighting, b: Sighting])[] = [
    ['on one connection', edge, { ...edge, id: 'other' }],
    ['on one socket, of other paths', edge, sighting({ ...socket, path: '/' })],
    ['of other content', traced, inner(traced, '10.0.0.2', { content: 'other' })],
    ['at one place, with one trace: a retry', traced, sighting({ ids: trace })],
    ['at one place, alike: brute force', edge, sighting()],
    ['of two traces', traced, inner(edge, '10.0.0.2', { ids: { trace: 'b'.repeat(32) } })],
    [
      'of two traces with one request id',
      sighting({ ids: { ...trace, request: 'a' } }),
      inner(edge, '10.0.0.2', { ids: { trace: 'b'.repeat(32), request: 'a' } }),
    ],
    ['of one trace, of other paths: what it caused', traced, inner(traced, '10.0.0.2', { path: '/price' })],
    [
      'of one trace, of paths that end alike within a segment',
      sighting({ ids: trace, path: '/mycart' }),
      inner(traced, '10.0.0.2', { path: 'cart' }),
    ],
    ['of one trace, one for the root', traced, inner(traced, '10.0.0.2', { path: '/' })],
    ['of one trace, long after', traced, inner(traced, '10.0.0.2', { time: 6_000_001 })],
    ['not within each other', edge, inner(edge, '10.0.0.2', { end: edge.end + 10_001 })],
    ['begun before', edge, inner(edge, '10.0.0.2', { time: edge.time - 10_001 })],
    ['asked by somebody else: a probe', edge, inner(edge, '10.0.0.2', { client: { ip: '10.0.9.9', port: 1 } })],
    ['answered otherwise', edge, inner(edge, '10.0.0.2', { status: 404 })],
    [
      'asked by another process',
      sighting({ process: { pid: 7, side: 'server' } }),
      inner(edge, '10.0.0.2', { client: { ip: '172.17.0.1', port: 1 }, process: { pid: 8, side: 'client' } }),
    ],
    [
      'through UNIX sockets, which have no name',
      sighting({ client: { ip: '', port: 0 }, server: { ip: '', port: 0 } }),
      sighting({ client: { ip: '', port: 0 }, server: { ip: '', port: 0 } }),
    ],
  ]
  for (const [what, a, b] of cases) {
    test(what, () => {
      assert.equal(likeness(a, b, CLOSENESS), null)
      assert.equal(likeness(b, a, CLOSENESS), null)
    })
  }
})
