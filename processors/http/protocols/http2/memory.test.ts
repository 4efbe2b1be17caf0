import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ProtocolOut, Session } from '#schemas/contracts/protocol.ts'
import { data, Encoder, frame, Peer, PREFACE, request, settings } from '#test/driver/http2.ts'
import { limitsOf } from '#test/driver/session.ts'
import http2 from './index.ts'

const NOWHERE: ProtocolOut = {
  exchange: () => 1,
  anomaly: () => {},
  settle: () => {},
  hop: () => false,
  become: () => {},
  alarm: () => {},
}

/** A session, and the most that it ever held. */
class Watched {
  readonly #session: Session
  most = 0
  #packet = 0

  constructor(config: unknown = {}) {
    this.#session = http2.open(NOWHERE, limitsOf(config), { kind: 'new' })
    this.client(Buffer.concat([PREFACE, settings()]))
  }

  client(bytes: Uint8Array): void {
    const packet = ++this.#packet
    this.#session.data(0, bytes, { time: packet, packet, offset: -1 })
    this.most = Math.max(this.most, this.#session.held)
  }

  server(bytes: Uint8Array): void {
    const packet = ++this.#packet
    this.#session.data(1, bytes, { time: packet, packet, offset: -1 })
    this.most = Math.max(this.most, this.#session.held)
  }
}

describe('memory of a connection is bounded', () => {
  test('a header block without end', () => {
    const watched = new Watched()
    watched.client(frame(1, 0, 1, Buffer.alloc(1000, 0x82)))
    for (let i = 0; i < 2000; i++) watched.client(frame(9, 0, 1, Buffer.alloc(1000, 0x82)))
    assert.ok(watched.most < 200_000, `${watched.most} bytes`)
  })

  test('a frame of 16 MiB, in pieces', () => {
    const watched = new Watched()
    const head = frame(1, 4, 1)
    head.writeUIntBE(2 ** 24 - 1, 0, 3)
    watched.client(head)
    for (let i = 0; i < 8192; i++) watched.client(Buffer.alloc(2000))
    assert.ok(watched.most < 200_000, `${watched.most} bytes`)
  })

  test('a body without end', () => {
    const watched = new Watched({ body: { keep: 50_000 } })
    watched.client(new Peer().headers(1, request('POST', '/')))
    for (let i = 0; i < 1000; i++) watched.client(data(1, Buffer.alloc(16_000), false))
    assert.ok(watched.most < 100_000, `${watched.most} bytes`)
  })

  test('streams that never end', () => {
    const watched = new Watched({ http2: { streams: 100 } })
    const peer = new Peer()
    for (let i = 0; i < 5000; i++) watched.client(peer.headers(2 * i + 1, request('POST', '/')))
    assert.ok(watched.most < 200_000, `${watched.most} bytes`)
  })

  test('a table of 4 GiB', () => {
    const watched = new Watched({ http2: { streams: 10 } })
    const encoder = new Encoder()
    watched.server(settings([1, 2 ** 32 - 1]))
    watched.client(frame(1, 5, 1, encoder.resize(2 ** 28 - 1)))
    for (let i = 0; i < 5000; i++) {
      const block = Buffer.concat([Buffer.from([0x40, 1, 97, 0x7f, 0x80 | 73, 7]), Buffer.alloc(1096)])
      watched.client(frame(1, 5, 2 * i + 3, block))
    }
    assert.ok(watched.most < 100_000, `${watched.most} bytes`)
  })

  test('bytes that are no frames', () => {
    const watched = new Watched()
    for (let i = 0; i < 1000; i++) watched.client(Buffer.alloc(1400, 0xee))
    assert.ok(watched.most < 100_000, `${watched.most} bytes`)
  })
})
