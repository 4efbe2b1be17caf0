/** Segments that come twice, late, changed, or not at all. */
import { ACK, FIN, RST } from '#schemas/records/segment.ts'
import { Clock, type Packet, retimed, Talk } from '#test/driver/packets.ts'
import { get, ok, type Scenario } from './scenario.ts'

const BODY = 'abcdefghij'.repeat(40)

/** One exchange whose response is cut into pieces of 100 bytes; `change` gets those pieces. */
function exchange(change: (pieces: readonly Packet[]) => readonly Packet[], options = {}): Packet[] {
  const talk = new Talk(new Clock(), options)
  const start = [...talk.open(), ...talk.client(get('/file'))]
  const pieces = talk.server(ok(BODY), 100)
  const next = [...talk.client(get('/next')), ...talk.server(ok('next'))]
  return retimed([...start, ...change(pieces), ...next, ...talk.close()])
}

/** The same sequence numbers with other bytes. */
const forged = (packet: Packet): Packet => ({ ...packet, payload: packet.payload.map(() => 0x21) })

export const LOSSES: readonly Scenario[] = [
  {
    name: 'retransmission',
    shows: 'A segment of the response is sent twice.',
    packets: () => exchange(pieces => [...pieces.slice(0, 2), pieces[1]!, ...pieces.slice(2)]),
    reorders: true,
  },
  {
    name: 'reordering',
    shows: 'Segments of the response overtake each other.',
    packets: () => exchange(([a, b, c, d, ...rest]) => [a!, d!, c!, b!, ...rest]),
    reorders: true,
  },
  {
    name: 'overlap-same',
    shows: 'A segment that covers the end of one and the start of the next, with the same bytes.',
    packets: () =>
      exchange(([a, b, c, ...rest]) => {
        const both = Buffer.concat([b!.payload, c!.payload])
        const across: Packet = { ...b!, seq: b!.seq + 50, payload: both.subarray(50, 150) }
        return [a!, b!, across, c!, ...rest]
      }),
    reorders: true,
  },
  {
    name: 'overlap-conflict',
    shows: 'The same sequence numbers with other bytes, before a hole is filled (evasion): both readings.',
    packets: () => exchange(([a, b, c, ...rest]) => [a!, c!, forged(c!), b!, ...rest]),
    reorders: false,
  },
  {
    name: 'retransmission-conflict',
    shows:
      'A request comes again with other bytes before it is acknowledged (evasion): both readings, and what is in the second.',
    packets: () => {
      const talk = new Talk(new Clock())
      const start = talk.open()
      const [decoy, acknowledged] = talk.client(get('/?id=1234567890123456789012'))
      const real = { ...decoy!, payload: Buffer.from(get("/?id=1'%20OR%20'1'%3D'1'--")) }
      return retimed([...start, decoy!, real, acknowledged!, ...talk.server(ok('found')), ...talk.close()])
    },
    reorders: false,
  },
  {
    name: 'forged-end',
    shows: 'A FIN and a RST, exactly in sequence, that their receivers never got (evasion): the connection goes on.',
    packets: () => {
      const talk = new Talk(new Clock())
      const first = [...talk.open(), ...talk.client(get('/first'))]
      const [answer, acknowledged] = talk.server(ok('first'))
      const fin: Packet = { ...answer!, flags: FIN | ACK, payload: new Uint8Array(0) }
      const [second, ...rest] = [...talk.client(get('/second')), ...talk.server(ok('second'))]
      const reset: Packet = { ...second!, flags: RST | ACK, payload: new Uint8Array(0) }
      return retimed([...first, fin, answer!, acknowledged!, reset, second!, ...rest, ...talk.close()])
    },
    reorders: false,
  },
  {
    name: 'sequence-wrap',
    shows: 'Sequence numbers pass 2^32 in the middle of the response.',
    packets: () => exchange(pieces => pieces, { serverSeq: 2 ** 32 - 250 }),
    reorders: true,
  },
  {
    name: 'lost-in-body',
    shows: 'A segment of a body was never captured: the exchange stands, the hole is accounted for as missing.',
    packets: () => exchange(([a, b, _lost, ...rest]) => [a!, b!, ...rest]),
    reorders: false,
  },
  {
    name: 'lost-in-head',
    shows:
      'The first segment of a response was never captured: from there on nobody knows which response is whose, and none is paired wrongly.',
    packets: () => exchange(([_lost, ...rest]) => rest),
    reorders: false,
  },
  {
    name: 'snaplen',
    shows: 'Frames cut at 96 bytes when they were captured.',
    packets: () => exchange(pieces => pieces).map(packet => ({ ...packet, snaplen: 96 })),
    reorders: false,
  },
]
