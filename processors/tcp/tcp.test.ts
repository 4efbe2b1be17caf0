import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { ACK, FIN, KIND, RST, SYN, URG } from '#schemas/records/segment.ts'
import { Stand } from '#test/driver/tcp.ts'
import { batchOf, endOf, identityOf, type Packet } from './packets.ts'

const MS = 1000
const S = 1_000_000
const text = (value: string) => new TextEncoder().encode(value)

/** A conversation by hand. Sequence numbers count from each side's initial one: data begins at 1. */
class Script extends Stand {
  /** Restart after every segment: nothing below may change. */
  static restarting = false
  readonly isn: [number, number] = [4_294_967_290, 2_147_483_640]
  time = 10 * S

  send(
    dir: 0 | 1,
    flags: number,
    seq: number,
    data = '',
    more: Partial<Packet> & { readonly acks?: number } = {},
  ): this {
    const { acks = 0, ...fields } = more
    const ack = (this.isn[dir === 0 ? 1 : 0] + acks) >>> 0
    const packet = { dir, flags, seq: (this.isn[dir] + seq) >>> 0, ack, data: text(data), time: this.time, ...fields }
    this.play(batchOf([packet]))
    if (Script.restarting) this.restart()
    return this
  }

  /** Client data. */
  c(seq: number, data: string, acks = 1): this {
    return this.send(0, ACK, seq, data, { acks })
  }

  /** Server data. */
  s(seq: number, data: string, acks = 1): this {
    return this.send(1, ACK, seq, data, { acks })
  }

  shake(): this {
    return this.send(0, SYN, 0)
      .send(1, SYN | ACK, 0, '', { acks: 1 })
      .c(1, '')
  }

  wait(us: number): this {
    this.time += us
    this.advance(this.time)
    return this
  }

  over(): string[] {
    this.play(endOf(this.time))
    this.checkEmpty()
    return this.said
  }

  settled(reason: 'duplicate' | 'gap' | 'budget' | 'damaged' | 'unsupported' | 'missing'): number {
    return this.driver.ledger.get(reason)
  }
}

for (const restarting of [false, true]) {
  describe(restarting ? 'restarted after every segment' : 'without a restart', () => {
    before(() => {
      Script.restarting = restarting
    })
    describe('in order', () => {
      test('both directions, across the wrap of the sequence number', () => {
        const script = new Script().shake().c(1, 'request ', 1).c(9, 'one').s(1, 'answer', 12)
        assert.deepEqual(script.over(), ['0:request ', '0:one', '1:answer', '0.source', '1.source'])
      })

      test('names the connection by its first packet', () => {
        const script = new Script().shake().c(1, 'x').c(2, 'y')
        const [first, second] = script.chunks
        const { id, ...rest } = first!.connection
        assert.match(id, /^[0-9a-f]{24}$/)
        assert.equal(second!.connection.id, id)
        assert.deepEqual(rest, {
          key: 1,
          a: { ip: '10.0.0.1', port: 1000 },
          b: { ip: '10.0.0.2', port: 80 },
          opener: 0,
          encapsulation: [],
          sensor: 'test',
          capture: 'pcap-file',
          source: 'test.pcap',
          since: 10 * S,
        })
      })

      test('urgent data stays inline', () => {
        assert.deepEqual(
          new Script()
            .shake()
            .send(0, ACK | URG, 1, 'u')
            .c(2, 'v').said,
          ['0:u', '0:v'],
        )
      })

      test('a connection without a byte is not mentioned', () => {
        const script = new Script()
          .shake()
          .send(0, FIN | ACK, 1)
          .send(1, FIN | ACK, 1)
        assert.deepEqual(script.over(), [])
      })

      test('keep-alive probes, with and without a byte, and zero-window probes', () => {
        const script = new Script().shake().c(1, 'abc').c(3, '').c(3, 'c').c(4, 'd').c(4, 'def')
        assert.deepEqual(script.said, ['0:abc', '0:d', '0:ef'])
        assert.equal(script.settled('duplicate'), 2)
      })
    })

    describe('out of order', () => {
      test('a hole is filled', () => {
        const script = new Script().shake().c(4, 'def').c(1, 'abc')
        assert.deepEqual(script.said, ['0:abc', '0:def'])
        assert.equal(script.load.cost, 0)
      })

      test('an acknowledgement before the data loses nothing within gapWait, and gives the hole up after it', () => {
        const script = new Script()
          .shake()
          .s(1, '', 7)
          .c(4, 'def')
          .wait(999 * MS)
        assert.deepEqual(script.said, [])
        assert.deepEqual(
          new Script()
            .shake()
            .s(1, '', 7)
            .c(4, 'def')
            .wait(999 * MS)
            .c(1, 'abc').said,
          ['0:abc', '0:def'],
        )
        assert.deepEqual(script.wait(MS).said, ['0[3]', '0:def'])
        assert.equal(script.settled('missing'), 3)
      })

      test('every acknowledged hole waits for itself', () => {
        const script = new Script()
          .shake()
          .c(4, 'd')
          .s(1, '', 5)
          .wait(900 * MS)
          .c(8, 'h')
          .s(1, '', 9)
          .wait(100 * MS)
        assert.deepEqual(script.said, ['0[3]', '0:d'])
        assert.deepEqual(script.c(5, 'efg').said, ['0[3]', '0:d', '0:efg', '0:h'])
      })

      test('bytes for a hole that was given up are late, not repeated', () => {
        const script = new Script().shake().c(4, 'def').s(1, '', 7).wait(S).c(1, 'abcde')
        assert.deepEqual(script.said, ['0[3]', '0:def'])
        assert.equal(script.settled('gap'), 3)
        assert.equal(script.settled('duplicate'), 2)
      })

      test('an acknowledged hole with nothing behind it waits for the end', () => {
        const script = new Script()
          .shake()
          .c(1, 'abc')
          .s(1, '', 9)
          .wait(20 * S)
        assert.deepEqual(script.said, ['0:abc'])
        assert.deepEqual(script.over(), ['0:abc', '0[5]', '0.source', '1.source'])
      })

      test('an unacknowledged hole waits: the sender will repeat it', () => {
        const script = new Script()
          .shake()
          .c(4, 'def')
          .wait(100 * S)
          .c(1, 'abc')
        assert.deepEqual(script.said, ['0:abc', '0:def'])
      })

      test('seen one way, a hole is given up by time', () => {
        const script = new Script().send(0, SYN, 0).send(0, ACK, 4, 'def').wait(S)
        assert.deepEqual(script.said, ['0[3]', '0:def'])
      })

      test('many segments behind an acknowledged hole end the wait', () => {
        const script = new Script({ gapSegments: 3 }).shake().s(1, '', 12).c(4, 'd').c(6, 'f')
        assert.deepEqual(script.said, [])
        assert.deepEqual(script.c(8, 'h').said.slice(0, 2), ['0[3]', '0:d'])
      })

      test('a full queue gives up its first hole', () => {
        const script = new Script({ flowSegments: 2 }).shake().c(2, 'b').c(4, 'd').c(6, 'f')
        assert.deepEqual(script.said, ['0[1]', '0:b'])
        assert.equal(script.driver.counted('tcp.flow-buffer.full'), 1)
        const bytes = new Script({ flowBuffer: 1024 }).shake().c(2, 'x'.repeat(1025))
        assert.deepEqual(bytes.said, ['0[1]', `0:${'x'.repeat(1025)}`])
      })

      test('overlap: the first bytes win, or the last; different ones are said once', () => {
        const play = (overlap: 'first' | 'last') =>
          new Script({ overlap }).shake().c(3, 'cd').c(2, 'BCDE').c(4, 'xe').c(1, 'a')
        assert.deepEqual(play('first').said, ['0!tcp.overlap-conflict', '0:a', '0:B', '0:cd', '0:E'])
        assert.deepEqual(play('last').said, ['0!tcp.overlap-conflict', '0:a', '0:B', '0:Cx', '0:e'])
        assert.equal(play('first').driver.counted('tcp.overlap-conflict'), 2)
        assert.equal(play('first').settled('duplicate'), 4)
      })

      test('a capture that cuts segments off: the rest is a hole of known size', () => {
        const cut = (seq: number, data: string, wire: number) => ({ seq, data, wire })
        const script = new Script().shake()
        for (const { seq, data, wire } of [cut(1, 'ab', 5), cut(8, 'hi', 4), cut(6, 'fg', 2)]) {
          script.send(0, ACK, seq, data, { wire })
        }
        assert.deepEqual(script.said, ['0:ab', '0[3]', '0:fg', '0:hi', '0[2]'])
      })

      test('bytes that turn up for a cut off rest that still waits', () => {
        const script = new Script().shake().send(0, ACK, 2, 'b', { wire: 4 }).c(2, 'bcd').c(1, 'a')
        assert.deepEqual(script.said, ['0:a', '0:b', '0:cd', '0[1]'])
      })
    })

    describe('beginning', () => {
      test('data before the SYN', () => {
        const script = new Script().c(4, 'def').send(0, SYN, 0).c(1, 'abc')
        assert.deepEqual(script.said, ['0:abc', '0:def'])
        assert.equal(script.chunks[0]!.connection.opener, 0)
      })

      test('no SYN: the lowest of the first segments is the start', () => {
        const script = new Script()
          .c(7, 'ghi')
          .c(4, 'def')
          .wait(99 * MS)
        assert.deepEqual(script.said, [])
        assert.deepEqual(script.wait(MS).c(10, 'j').said, ['0:def', '0:ghi', '0:j'])
        assert.equal(script.chunks[0]!.connection.opener, null)
      })

      test('no SYN: acknowledged segments wait less, many bytes not at all', () => {
        assert.deepEqual(
          new Script()
            .c(4, 'def')
            .s(1, '', 7)
            .wait(20 * MS).said,
          ['0:def'],
        )
        assert.deepEqual(new Script({ syncBytes: 1024 }).c(4, 'd'.repeat(1025)).said, [`0:${'d'.repeat(1025)}`])
      })

      test('the SYN comes even later than the wait', () => {
        const script = new Script().c(1, 'abc').wait(S).send(0, SYN, 0).c(4, 'd')
        assert.deepEqual(script.said, ['0:abc', '0:d'])
      })

      test('data with the SYN (Fast Open), and its repetition', () => {
        const script = new Script()
          .send(0, SYN, 0, 'abc')
          .send(0, SYN, 0, 'abc')
          .send(1, SYN | ACK, 0, '', { acks: 4 })
        assert.deepEqual(script.c(4, 'd').said, ['0:abc', '0:d'])
        assert.equal(script.settled('duplicate'), 3)
      })

      test('simultaneous open', () => {
        const script = new Script().send(0, SYN, 0).send(1, SYN, 0)
        script
          .send(0, SYN | ACK, 0, '', { acks: 1 })
          .send(1, SYN | ACK, 0, '', { acks: 1 })
          .c(1, 'a')
          .s(1, 'b')
        assert.deepEqual(script.said, ['0:a', '1:b'])
        assert.equal(script.chunks[0]!.connection.opener, 0)
      })

      test('only the SYN-ACK: the other side opened', () => {
        const script = new Script()
          .send(1, SYN | ACK, 0, '', { acks: 1 })
          .c(1, 'a')
          .wait(100 * MS)
        assert.equal(script.chunks[0]!.connection.opener, 0)
      })

      test('a server that chooses its sequence number again (SYN cookies)', () => {
        const script = new Script().send(0, SYN, 0).send(1, SYN | ACK, 500, '', { acks: 1 })
        assert.deepEqual(
          script
            .send(1, SYN | ACK, 0, '', { acks: 1 })
            .c(1, 'a')
            .s(1, 'b', 2).said,
          ['0:a', '1:b'],
        )
      })

      test('acknowledgements and resets of unknown connections begin nothing', () => {
        const script = new Script().c(1, '').send(0, RST, 1, 'why')
        assert.equal(script.load.flows, 0)
        assert.equal(script.settled('unsupported'), 3)
      })

      test('nonsense flags', () => {
        const script = new Script()
          .send(0, SYN | FIN, 0, 'ab')
          .shake()
          .send(0, SYN | RST, 1, 'c')
          .c(1, 'x')
        assert.deepEqual(script.said, ['0!tcp.bad-flags', '0:x'])
        assert.equal(script.settled('damaged'), 3)
        assert.equal(script.driver.counted('tcp.bad-flags'), 2)
      })
    })

    describe('end', () => {
      test('half-close: the other direction goes on', () => {
        const script = new Script()
          .shake()
          .send(0, FIN | ACK, 1, 'bye')
          .s(1, 'still here', 5)
          .send(1, FIN | ACK, 11)
        assert.deepEqual(script.said, ['0:bye', '0.fin', '1:still here', '1.fin'])
      })

      test('a FIN waits for what stands before it', () => {
        const script = new Script()
          .shake()
          .send(0, FIN | ACK, 4)
          .c(1, 'abc')
        assert.deepEqual(script.said, ['0:abc', '0.fin'])
      })

      test('data after FIN is refused and said', () => {
        const script = new Script()
          .shake()
          .send(0, FIN | ACK, 1, 'abc')
          .c(4, 'more')
        assert.deepEqual(script.said, ['0:abc', '0.fin', '0!tcp.data-after-fin'])
        assert.equal(script.settled('damaged'), 4)
      })

      test('a FIN before bytes that were given is ignored', () => {
        const script = new Script()
          .shake()
          .c(1, 'abc')
          .send(0, FIN | ACK, 2)
          .c(4, 'd')
        assert.deepEqual(script.said, ['0:abc', '0!tcp.fin-in-past', '0:d'])
      })

      test('RST ends both directions', () => {
        const script = new Script()
          .shake()
          .c(1, 'abc')
          .send(1, RST | ACK, 1, '', { acks: 4 })
        assert.deepEqual(script.said, ['0:abc', '1.rst', '0.rst'])
      })

      test('RST behind a hole waits for it, not for ever', () => {
        const script = () => new Script().shake().s(1, 'x').send(0, RST, 4)
        assert.deepEqual(script().c(1, 'abc').said, ['1:x', '1.rst', '0:abc', '0.rst'])
        assert.deepEqual(script().wait(S).said, ['1:x', '1.rst', '0[3]', '0.rst'])
      })

      test('RST outside the window is ignored and said', () => {
        const script = new Script().shake().c(1, 'abc').send(0, RST, 3).send(0, RST, 40_000_000).c(4, 'd')
        assert.deepEqual(script.said, ['0:abc', '0!tcp.rst-out-of-window', '0:d'])
        assert.equal(script.driver.counted('tcp.rst-out-of-window'), 2)
      })

      test('the refusal of a SYN is believed by what it acknowledges', () => {
        const refuse = (acks: number) => new Script().send(0, SYN, 0).send(1, RST | ACK, 0, '', { seq: 0, acks })
        assert.equal(refuse(1).wait(6 * S).load.flows, 0)
        assert.equal(refuse(90_000).wait(6 * S).load.flows, 1)
      })

      test('silence: established, half-open, closing', () => {
        const established = new Script()
          .shake()
          .c(1, 'a')
          .wait(299 * S)
        assert.deepEqual(established.said, ['0:a'])
        assert.deepEqual(established.wait(S).said, ['0:a', '0.idle', '1.idle'])
        assert.equal(new Script().send(0, SYN, 0).wait(30 * S).load.flows, 0)
        assert.deepEqual(
          new Script()
            .shake()
            .send(0, FIN | ACK, 1, 'a')
            .wait(60 * S).said,
          ['0:a', '0.fin', '1.idle'],
        )
      })

      test('a closed connection lingers: late repetitions open no phantom', () => {
        const script = new Script()
          .shake()
          .send(0, FIN | ACK, 1, 'abc')
          .send(1, FIN | ACK, 1, '', { acks: 5 })
        const said = script
          .wait(4 * S)
          .c(1, 'abc')
          .wait(4 * S).said
        assert.deepEqual(said, ['0:abc', '0.fin', '1.fin'])
        assert.equal(script.settled('duplicate'), 3)
        assert.equal(script.wait(S).load.flows, 0)
      })

      test('the source ends: everything is given, oldest connection first', () => {
        const script = new Script()
        for (const n of [3, 1, 2]) script.send(0, ACK, 5, `flow ${n}`, { key: n, identity: identityOf(n) })
        assert.deepEqual(
          script.over().filter(said => said.startsWith('0:')),
          ['0:flow 3', '0:flow 1', '0:flow 2'],
        )
      })

      test('the end of another source ends nothing', () => {
        const script = new Script().shake().c(1, 'a')
        script.play(endOf(script.time, { sensor: 'test', capture: 'pcap-file', source: 'other.pcap' }))
        assert.deepEqual(script.said, ['0:a'])
      })
    })

    describe('port reuse', () => {
      const reuse = (script: Script) =>
        script
          .send(0, SYN, 70_000)
          .send(1, SYN | ACK, 90_000, '', { acks: 70_001 })
          .c(70_001, 'new', 90_001)

      test('a SYN after FIN ends the old connection', () => {
        const script = new Script().shake().send(0, FIN | ACK, 1, 'old')
        assert.deepEqual(reuse(script).said, ['0:old', '0.fin', '1.reused', '0:new'])
        const ids = new Set(script.chunks.map(chunk => chunk.connection.id))
        assert.equal(ids.size, 2)
      })

      test('a SYN after silence ends the old connection', () => {
        assert.deepEqual(reuse(new Script().shake().c(1, 'old').wait(S)).said, [
          '0:old',
          '0.reused',
          '1.reused',
          '0:new',
        ])
      })

      test('a repeated SYN does not', () => {
        assert.deepEqual(new Script().shake().c(1, 'a').send(0, SYN, 0).c(2, 'b').said, ['0:a', '0:b'])
      })

      test('a forged SYN on a connection that lives is ignored; one that is answered is not', () => {
        const forged = new Script().shake().c(1, 'a').send(0, SYN, 70_000).c(2, 'b')
        assert.deepEqual(forged.said, ['0:a', '0!tcp.syn-in-connection', '0:b'])
        const answered = reuse(new Script().shake().c(1, 'old')).wait(100 * MS)
        assert.deepEqual(answered.said, ['0:old', '0!tcp.syn-in-connection', '0.reused', '1.reused', '0:new'])
      })

      test('a SYN-ACK that answers nothing is ignored', () => {
        const script = new Script()
          .shake()
          .s(1, 'a')
          .send(1, SYN | ACK, 90_000, '', { acks: 500_000 })
          .s(2, 'b')
        assert.deepEqual(script.said, ['1:a', '1!tcp.syn-ack-mismatch', '1:b'])
      })
    })

    describe('far away', () => {
      test('payload outside the window is refused and said', () => {
        const script = new Script()
          .shake()
          .c(1, 'a')
          .c(40_000_000, 'far')
          .c(2 ** 31 + 1, 'farthest')
          .c(2, 'b')
        assert.deepEqual(script.said, ['0:a', '0!tcp.out-of-window', '0:b'])
        assert.equal(script.settled('damaged'), 11)
      })

      test('a capture that lost more than a window is followed again where the receiver acknowledges', () => {
        const script = new Script().shake().c(1, 'a').c(40_000_000, 'far').s(1, '', 40_000_003).c(40_000_003, 'on')
        assert.deepEqual(script.said, ['0:a', '0!tcp.out-of-window', '0[40000001]', '0:on'])
      })

      test('seen one way, where three segments stand in a row', () => {
        const script = new Script().send(0, SYN, 0).send(0, ACK, 1, 'a')
        for (const seq of [40_000_000, 40_000_001, 40_000_002, 40_000_003]) script.send(0, ACK, seq, 'x')
        assert.deepEqual(script.said, ['0:a', '0!tcp.out-of-window', '0[40000001]', '0:x'])
      })
    })

    describe('other kinds', () => {
      test('stream: in order, a jump is a gap at once', () => {
        const script = new Script()
        const stream = (seq: number, data: string) => script.send(0, 0, 0, data, { kind: KIND.stream, seq })
        stream(0, 'abc')
        stream(3, 'def')
        stream(2, 'c')
        stream(8, 'i')
        assert.deepEqual(script.said, ['0:abc', '0:def', '0[2]', '0:i'])
      })

      test('messages and ticks are not for this stage', () => {
        const script = new Script().send(0, 0, 0, 'GET', { kind: KIND.message }).send(0, 0, 0, '', { kind: KIND.tick })
        assert.equal(script.load.flows, 0)
        assert.equal(script.driver.counted('tcp.messages'), 1)
      })
    })

    describe('colliding keys', () => {
      const flow = (n: number) => ({ key: 7, identity: identityOf(n) })

      test('streams with the same key never mix, and have keys of their own', () => {
        const script = new Script()
        for (const n of [1, 2, 3, 4]) script.send(0, SYN, 0, '', flow(n)).send(0, ACK, 1, `a${n}`, flow(n))
        for (const n of [4, 2, 1, 3]) script.send(0, ACK, 3, `b${n}`, flow(n))
        assert.deepEqual(
          script.streams().map(([a]) => a!.text),
          ['a1b1', 'a2b2', 'a3b3', 'a4b4'],
        )
        assert.equal(new Set(script.chunks.map(chunk => chunk.connection.key)).size, 4)
        script.restart()
        assert.equal(script.send(0, ACK, 5, 'c2', flow(2)).streams()[1]![0]!.text, 'a2b2c2')
        assert.equal(script.over().length, 4 + 4 + 1 + 8)
      })

      test('a lively flow does not keep a silent one of its cell alive', () => {
        const script = new Script().send(0, SYN, 0, '', flow(1)).send(1, SYN | ACK, 0, '', { acks: 1, ...flow(1) })
        script.send(0, ACK, 1, '', flow(1)).send(0, SYN, 0, '', flow(2))
        for (let n = 1; n <= 4; n++) script.wait(9 * S).send(0, ACK, n, 'x', flow(1))
        assert.equal(script.load.flows, 1)
      })

      test('the fifth is refused: budget, counted', () => {
        const script = new Script()
        for (const n of [1, 2, 3, 4, 5]) script.send(0, SYN, 0, 'hello', flow(n))
        assert.equal(script.settled('budget'), 5)
        assert.equal(script.driver.counted('tcp.flows.collided'), 4)
      })
    })
  })
}
