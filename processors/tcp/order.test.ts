import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ACK, FIN, KIND, SYN, URG } from '#schemas/records/segment.ts'
import { MS, S, Script, withAndWithoutRestarts } from '#test/driver/tcp-script.ts'

withAndWithoutRestarts(() => {
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

    test('urgent data stays inline, and is said', () => {
      assert.deepEqual(
        new Script()
          .shake()
          .send(0, ACK | URG, 1, 'u')
          .c(2, 'v').said,
        ['0!tcp.urgent', '0:u', '0:v'],
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
      assert.equal(script.driver.ledger.get('inspected'), 0)
    })
  })
})
