/**
 * Fuzz target: the input is a script of both directions behind a handshake (test/fuzz/http1.ts says how it is written; its
 * first byte also says what was agreed on). Whatever the frames are, the outcome does not depend on how they are cut, nor on
 * restarts, and every byte is settled once.
 */
import assert from 'node:assert/strict'
import websocket from '#processors/http/protocols/websocket/index.ts'
import { deflated, frame } from '#processors/http/protocols/websocket/testdata/frames.ts'
import type { Upgraded } from '#schemas/contracts/protocol.ts'
import { request, response } from '#test/driver/records.ts'
import { accounted, limitsOf, playSession } from '#test/driver/session.ts'
import { script } from './http1.ts'

const AGREED = [
  '',
  'permessage-deflate',
  'permessage-deflate; server_no_context_takeover; client_max_window_bits=9',
  'x',
]
/** Small limits, so that short inputs reach them. */
const LIMITS = limitsOf({ body: { keep: 64, decoded: 200 } })

export default function target(data: Uint8Array): void {
  const { steps } = script(data)
  const carry = handshake(AGREED[((data[0] ?? 0) >> 2) & 3]!)
  const whole = playSession(websocket, LIMITS, steps, { carry })
  assert.equal(accounted(whole), whole.fed, 'every byte is settled once')
  let n = data.length
  const cut = (left: number) => 1 + (((n = (n * 1103515245 + 12345) >>> 0) >>> 16) % Math.min(left, 40))
  let turn = 0
  assert.deepEqual(playSession(websocket, LIMITS, steps, { carry, cut, restart: () => turn++ % 3 === 0 }), whole)
}

function handshake(extensions: string): Upgraded {
  const place = { time: 1, packet: 1, offset: -1 }
  const span = { first: place, last: place }
  const headers = [['Sec-WebSocket-Extensions', extensions]] as const
  return {
    ordinal: 1,
    exchange: {
      request: request({ headers }),
      response: response({ status: 101, headers }),
      stream: null,
      authority: 'shop.example',
      requestSpan: span,
      responseSpan: span,
      anomalies: [],
    },
  }
}

export const dictionary: readonly string[] = [
  '\x81',
  '\x01',
  '\x80',
  '\x00\x00',
  '\x88\x02\x03\xe8',
  '\xc1',
  '\x7e',
  '\x7f',
]

/** `agreed`: which of AGREED. */
function write(agreed: number, frames: readonly (readonly ['c' | 's', Uint8Array])[]): Uint8Array {
  const parts = frames.flatMap(([side, bytes]) => [
    Uint8Array.of(side === 'c' ? 14 : 15, bytes.length >> 8, bytes.length),
    bytes,
  ])
  return Buffer.concat([Uint8Array.of(agreed << 2), ...parts])
}

export function seeds(): readonly Uint8Array[] {
  const key = [1, 2, 3, 4]
  const text = (words: string, fin = true, opcode = 1) => frame(opcode, Buffer.from(words), { key, fin })
  return [
    write(0, [
      ['c', text('hello')],
      ['s', frame(1, Buffer.from('world'))],
    ]),
    write(0, [
      ['c', text('hel', false)],
      ['c', frame(9, Buffer.from('?'), { key })],
      ['c', text('lo', true, 0)],
    ]),
    write(1, [
      ['s', frame(1, deflated('Hello'), { rsv1: true })],
      ['s', Buffer.from('c105f200110000', 'hex')],
    ]),
    write(2, [
      ['c', frame(2, deflated('a'.repeat(150)), { rsv1: true, key })],
      ['s', Buffer.from('880203e8', 'hex')],
    ]),
    write(0, [
      ['s', frame(2, Buffer.alloc(300))],
      ['s', Buffer.from('8f00', 'hex')],
    ]),
  ]
}
