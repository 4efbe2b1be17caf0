/** WebSockets. */
import { agrees, asks, frame, fromClient, fromServer } from '#processors/http/protocols/websocket/testdata/frames.ts'
import { type Scenario, turns } from './scenario.ts'

const KEY = [1, 2, 3, 4]
/** {"hello":"world"}, compressed: stored, because compressors differ by version. */
const HELLO_WORLD = Buffer.from('aa56ca48cdc9c957b2522acf2fca4951aa0500', 'hex')
const bytes = (text: string): Uint8Array => Buffer.from(text)
const close = (reason: string): Uint8Array => Buffer.concat([Uint8Array.of(0x03, 0xe8), bytes(reason)])

export const SOCKETS: readonly Scenario[] = [
  {
    name: 'websocket',
    shows:
      'Upgrade with 101, messages of both sides (one in fragments, with a ping between them), and an orderly close.',
    packets: () =>
      turns(
        asks(),
        agrees(),
        fromClient('hello'),
        fromServer('hello to you'),
        Buffer.concat([
          fromClient('in two ', { fin: false }),
          frame(9, bytes('?'), { key: KEY }),
          frame(0, bytes('pieces'), { key: KEY }),
        ]),
        frame(10, bytes('?')),
        frame(8, close('bye'), { key: KEY }),
        frame(8, close('')),
      ),
    reorders: true,
  },
  {
    name: 'websocket-deflate',
    shows: 'WebSocket messages compressed with permessage-deflate, the second one referring to the first (RFC 7692).',
    packets: () =>
      turns(
        asks('permessage-deflate; client_max_window_bits'),
        agrees('permessage-deflate'),
        frame(1, HELLO_WORLD, { key: KEY, rsv1: true }),
        Buffer.from('c107f248cdc9c90700' + 'c105f200110000', 'hex'),
      ),
    reorders: true,
  },
  {
    name: 'websocket-attack',
    shows: 'SQL injection in a WebSocket message, as text and in JSON; the same words of the server are none.',
    packets: () =>
      turns(
        asks(),
        agrees(),
        fromClient("name=' UNION SELECT password FROM users--"),
        fromServer("' UNION SELECT password FROM users--"),
        fromClient(JSON.stringify({ search: { term: "1' OR '1'='1' --" } })),
        fromServer('{"rows":[]}'),
      ),
    reorders: true,
  },
]
