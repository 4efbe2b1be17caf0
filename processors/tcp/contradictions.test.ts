import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ACK, SYN } from '#schemas/records/segment.ts'
import { S, Script, withAndWithoutRestarts } from '#test/driver/tcp-script.ts'
import type { Overlap } from './pieces.ts'

withAndWithoutRestarts(() => {
  describe('waiting segments that contradict each other', () => {
    const play = (overlap: Overlap) => new Script({ overlap }).shake().c(3, 'cd').c(2, 'BCDE').c(4, 'xe').c(1, 'a')

    test('first: those that came first are read', () => {
      assert.deepEqual(play('first').said, ['0!tcp.overlap-conflict', '0:a', '0:B', '0:cd', '0:E'])
    })

    test('last: those that came last', () => {
      assert.deepEqual(play('last').said, ['0!tcp.overlap-conflict', '0:a', '0:B', '0:Cx', '0:e'])
    })

    test('both: the first ones, and what came instead of them', () => {
      const said = ['0!tcp.overlap-conflict', '0:a', '0:B', '0?Cx', '0:cd', '0?e', '0:E']
      assert.deepEqual(play('both').said, said)
      assert.equal(new Script().config.overlap, 'both', 'the default')
    })

    test('every conflict is counted, said once, and its bytes are duplicate', () => {
      for (const overlap of ['first', 'last', 'both'] as const) {
        const script = play(overlap)
        assert.equal(script.driver.counted('tcp.overlap-conflict'), 2, overlap)
        assert.equal(script.settled('duplicate'), 4, overlap)
      }
    })
  })

  describe('retransmissions that contradict what was given', () => {
    const play = (overlap: Overlap) => new Script({ overlap }).shake().c(1, 'GET /decoy').c(1, 'GET /real!')

    test('the conflict is said under every policy, and the other reading follows where it is asked for', () => {
      const conflict = ['0:GET /decoy', '0!tcp.retransmission-conflict']
      assert.deepEqual(play('first').said, conflict)
      assert.deepEqual(play('last').said, [...conflict, '0?-10:GET /real!'])
      assert.deepEqual(play('both').said, [...conflict, '0?-10:GET /real!'])
      assert.equal(play('both').settled('duplicate'), 10)
    })

    test('the same bytes again, in whatever pieces, are no conflict', () => {
      const script = new Script().shake().c(1, 'abcdef').c(4, 'def').c(1, 'abcdef').c(2, 'bcdefgh')
      assert.deepEqual(script.said, ['0:abcdef', '0:gh'])
    })

    test('piece by piece: the reading is completed; a copy of the first one changes nothing', () => {
      const script = new Script().shake().c(1, 'abcdef').c(1, 'AB').c(5, 'EF').c(1, 'abcdef').c(3, 'CD').c(1, 'AB')
      assert.deepEqual(script.said.slice(2), ['0?-6:ABcdef', '0?-6:ABcdEF', '0?-6:ABCDEF'])
      assert.ok(script.chunks.every(chunk => !chunk.contradicts))
    })

    test('a third reading contradicts the second', () => {
      const script = new Script().shake().c(1, 'abc').c(1, 'ABC').c(1, 'xyz')
      assert.deepEqual(script.said.slice(2), ['0?-3:ABC', '0?-3:xyz'])
      assert.deepEqual(
        script.chunks.slice(2).map(chunk => chunk.contradicts),
        [false, true],
      )
    })

    test('what both readings have waited for together is known as both when it comes again', () => {
      const script = new Script().shake().c(2, 'bc').c(2, 'BC').c(1, 'a').c(1, 'aBC')
      assert.deepEqual(script.said.slice(1), ['0:a', '0?BC', '0:bc', '0!tcp.retransmission-conflict'])
    })

    test('acknowledged bytes are over: whatever comes for them is dropped by its receiver', () => {
      const script = new Script().shake().c(1, 'abc').s(1, '', 4).c(1, 'xyz')
      assert.deepEqual(script.said, ['0:abc'])
      const partly = new Script().shake().c(1, 'abc').s(1, '', 3).c(1, 'xyz')
      assert.equal(partly.driver.counted('tcp.retransmission-conflict'), 1)
    })

    test('a keep-alive with a byte of garbage is no conflict; a byte that comes again at once is', () => {
      const alive = new Script().shake().c(1, 'abc').wait(S).c(3, '!')
      assert.deepEqual(alive.said, ['0:abc'])
      const forged = new Script().shake().c(1, 'abc').c(3, '!')
      assert.deepEqual(forged.said.slice(1), ['0!tcp.retransmission-conflict', '0?-3:ab!'])
    })

    test('byte by byte, decoy first', () => {
      const script = new Script().shake()
      for (const [i, real] of [...'real'].entries()) script.c(1 + i, 'x').c(1 + i, real)
      assert.equal(script.said.at(-1), '0?-4:real')
      assert.equal(script.streams()[0]![0]!.text, 'xxxx')
    })

    test('across what was given and what is new', () => {
      const script = new Script().shake().c(1, 'abc').c(2, 'BCde')
      assert.deepEqual(script.said.slice(2), ['0?-3:aBC', '0:de'])
    })

    test('behind a hole that was given up nothing before it is compared', () => {
      const script = new Script().shake().c(1, 'abc').c(6, 'f').s(1, '', 7).wait(S).c(1, 'xyz')
      assert.deepEqual(script.said, ['0:abc', '0[2]', '0:f'])
    })

    test('only the last recentBytes are kept', () => {
      const script = new Script({ recentBytes: 256 }).shake().c(1, 'a'.repeat(300)).c(301, 'b'.repeat(10))
      script.c(1, 'x'.repeat(54))
      assert.equal(script.driver.counted('tcp.retransmission-conflict'), 0)
      script.c(54, 'xx')
      assert.equal(script.driver.counted('tcp.retransmission-conflict'), 1)
      assert.equal(script.driver.counted('tcp.retransmission-unchecked'), 1)
      const { text, back } = script.chunks.at(-1)!
      assert.deepEqual([text, back], [`x${'a'.repeat(245)}${'b'.repeat(10)}`, 256])
    })

    test('more directions than there is memory for: the one that has been kept longest is not compared any more', () => {
      const script = new Script({ recentBytes: 1024, recentMemory: 2048 })
      const flow = (key: number) => ({ key, identity: Uint8Array.of(4, 10, 0, 0, 1, 0, key, 10, 0, 0, 2, 0, 80) })
      for (const key of [1, 2, 3]) script.send(0, SYN, 0, '', flow(key)).send(0, ACK, 1, 'abc', flow(key))
      for (const key of [1, 2, 3]) script.send(0, ACK, 1, 'xyz', flow(key))
      assert.equal(script.driver.counted('tcp.recent.full'), 1)
      assert.equal(script.driver.counted('tcp.retransmission-conflict'), 2)
    })
  })

  describe('several captures of one network', () => {
    test('the same packets seen twice (two mirror ports): duplicate, and no anomaly', () => {
      const once = new Script().shake().c(1, 'request').s(1, 'answer', 8)
      const twice = new Script()
      const both = (dir: 0 | 1, flags: number, seq: number, data = '', acks = 0) => {
        for (let n = 0; n < 2; n++) twice.send(dir, flags, seq, data, { acks })
      }
      both(0, SYN, 0)
      both(1, SYN | ACK, 0, '', 1)
      both(0, ACK, 1, '', 1)
      both(0, ACK, 1, 'request', 1)
      both(1, ACK, 1, 'answer', 8)
      assert.deepEqual(twice.over(), once.over())
      assert.equal(twice.settled('duplicate'), 13)
    })
  })
})
