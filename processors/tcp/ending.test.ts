import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ACK, FIN, RST, SYN } from '#schemas/records/segment.ts'
import { MS, S, Script, withAndWithoutRestarts } from '#test/driver/tcp-script.ts'

withAndWithoutRestarts(() => {
  describe('end', () => {
    test('half-close: the other direction goes on', () => {
      const script = new Script()
        .shake()
        .send(0, FIN | ACK, 1, 'bye')
        .s(1, 'still here', 5)
        .send(1, FIN | ACK, 11)
      assert.deepEqual(script.said, ['0:bye', '0.fin', '1:still here', '1.fin'])
    })

    test('a FIN waits for what stands before it, and to be acknowledged', () => {
      const script = new Script()
        .shake()
        .send(0, FIN | ACK, 4)
        .c(1, 'abc')
      assert.deepEqual(script.said, ['0:abc'])
      assert.deepEqual(script.s(1, '', 5).said, ['0:abc', '0.fin'])
    })

    test('a FIN that nobody acknowledges ends with its connection, or, seen one way, after a while', () => {
      const script = new Script().shake().send(0, FIN | ACK, 1, 'abc')
      assert.deepEqual(script.wait(60 * S - 1).said, ['0:abc'])
      assert.deepEqual(script.wait(1).said, ['0:abc', '0.fin', '1.idle'])
      const oneWay = new Script().send(0, SYN, 0).send(0, FIN | ACK, 1, 'abc')
      assert.deepEqual(oneWay.wait(S).said, ['0:abc', '0.fin'])
    })

    test('data after FIN is refused and said', () => {
      const script = new Script()
        .shake()
        .send(0, FIN | ACK, 1, 'abc')
        .s(1, '', 5)
        .c(4, 'more')
      assert.deepEqual(script.said, ['0:abc', '0.fin', '0!tcp.data-after-fin'])
      assert.equal(script.settled('damaged'), 4)
    })

    test('a forged FIN, exactly in sequence: nobody acknowledges it, and its sender goes on', () => {
      const script = new Script()
        .shake()
        .c(1, 'abc')
        .send(0, FIN | ACK, 4)
        .c(4, 'de')
        .c(6, 'f')
        .s(1, 'answer', 7)
      assert.deepEqual(script.said, ['0:abc', '0!tcp.fin-ignored', '0:de', '0:f', '1:answer'])
    })

    test('a FIN before bytes that were given is ignored', () => {
      const script = new Script()
        .shake()
        .c(1, 'abc')
        .send(0, FIN | ACK, 2)
        .c(4, 'd')
      assert.deepEqual(script.said, ['0:abc', '0!tcp.fin-in-past', '0:d'])
    })

    test('RST ends both directions, once it is clear that nothing follows', () => {
      const script = new Script()
        .shake()
        .c(1, 'abc')
        .send(1, RST | ACK, 1, '', { acks: 4 })
      assert.deepEqual(script.wait(5 * S - 1).said, ['0:abc'])
      assert.deepEqual(script.wait(1).said, ['0:abc', '0.rst', '1.rst'])
      assert.equal(script.chunks.at(-1)!.packet, script.chunks[1]!.packet, 'the packet with the RST')
      assert.equal(script.chunks.at(-1)!.time, 10 * S)
    })

    test('a forged RST, exactly in sequence: its sender goes on', () => {
      const script = new Script()
        .shake()
        .c(1, 'abc')
        .send(0, RST | ACK, 4, '', { acks: 1 })
        .wait(4 * S)
      assert.deepEqual(script.c(4, 'de').s(1, 'answer', 6).said, ['0:abc', '0!tcp.rst-ignored', '0:de', '1:answer'])
      assert.deepEqual(
        script
          .wait(200 * S)
          .c(6, 'f')
          .said.slice(-1),
        ['0:f'],
        'established again',
      )
    })

    test('a forged RST in the name of the other side: it goes on', () => {
      const script = new Script().shake().send(1, RST, 1).c(1, 'abc')
      assert.deepEqual(script.said, ['0:abc'], 'may have been under way')
      assert.deepEqual(script.s(1, 'answer', 4).c(4, 'd').said, ['0:abc', '1!tcp.rst-ignored', '1:answer', '0:d'])
    })

    test('a forged RST before a byte was said', () => {
      const script = new Script()
        .shake()
        .send(0, RST | ACK, 1, '', { acks: 1 })
        .wait(40 * MS)
      assert.deepEqual(script.c(1, 'abc').s(1, 'answer', 4).said, ['0!tcp.rst-ignored', '0:abc', '1:answer'])
    })

    test('a FIN or RST in the middle of what waits: it is not what its sender says', () => {
      const fin = new Script()
        .shake()
        .c(3, 'cdef')
        .send(0, FIN | ACK, 5)
        .c(1, 'ab')
      assert.deepEqual(fin.said, ['0!tcp.fin-in-past', '0:ab', '0:cdef'])
      const rst = new Script().shake().c(3, 'cdef').send(0, RST, 5).c(1, 'ab')
      assert.deepEqual(rst.said, ['0!tcp.rst-out-of-window', '0:ab', '0:cdef'])
    })

    test('data behind a FIN or RST, with holes: neither is believed', () => {
      const fin = new Script()
        .shake()
        .send(0, FIN | ACK, 3)
        .c(5, 'ef')
        .c(1, 'abcd')
      assert.deepEqual(fin.said, ['0!tcp.data-after-fin', '0:abcd', '0:ef'])
      const rst = new Script().shake().c(1, 'ab').send(0, RST, 3).c(5, 'ef').c(3, 'cd')
      assert.deepEqual(rst.said, ['0:ab', '0!tcp.rst-ignored', '0:cd', '0:ef'])
    })

    test('what was under way to a reset is read, and is no anomaly', () => {
      const script = new Script().shake().c(1, 'abc').s(1, 'ans').send(0, RST, 4).s(4, 'wer').s(10, 'lost before')
      assert.deepEqual(script.wait(S).said, ['0:abc', '1:ans', '1:wer', '1[3]', '1:lost before'])
      assert.deepEqual(script.wait(5 * S).said.slice(-2), ['0.rst', '1.rst'])
    })

    test('RST behind a hole waits for it, not for ever', () => {
      const script = () => new Script().shake().s(1, 'x').send(0, RST, 4)
      assert.deepEqual(script().c(1, 'abc').over(), ['1:x', '0:abc', '0.rst', '1.rst'])
      assert.deepEqual(script().wait(S).said, ['1:x', '0[3]'])
    })

    test('a RST behind a FIN of its own: the FIN was real', () => {
      const script = new Script()
        .shake()
        .send(0, FIN | ACK, 1, 'abc')
        .send(0, RST, 5)
      assert.deepEqual(script.said, ['0:abc', '0.fin'])
    })

    test('data across a FIN or RST that came ahead of it: the receiver takes the data, and so do we', () => {
      const fin = new Script().shake().send(0, FIN | ACK, 4)
      assert.deepEqual(fin.c(1, 'abcdef').c(7, 'g').said, ['0!tcp.data-after-fin', '0:abcdef', '0:g'])
      const rst = new Script().shake().send(0, RST, 4)
      assert.deepEqual(rst.c(1, 'abcdef').c(7, 'g').said, ['0!tcp.rst-out-of-window', '0:abcdef', '0:g'])
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
  })
})
