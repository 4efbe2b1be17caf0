import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ACK, FIN, RST, SYN } from '#schemas/records/segment.ts'
import { MS, S, Script, withAndWithoutRestarts } from '#test/driver/tcp-script.ts'
import { batchOf, endOf, ORIGIN, type Packet } from './packets.ts'

const LEFT = { ...ORIGIN, source: 'left' }
const RIGHT = { ...ORIGIN, source: 'right' }

/** A keep-alive connection, an exchange every 20 ms, from its SYN to its end. Data of exchange n: `qn` and `an`. */
function conversation(exchanges: number): Packet[] {
  const next = [1000, 5000] as [number, number]
  const packets: Packet[] = []
  const say = (dir: 0 | 1, flags: number, text = '') => {
    const data = new TextEncoder().encode(text)
    const time = 10 * S + 10 * MS * packets.length
    packets.push({ dir, flags, seq: next[dir], ack: flags === SYN ? 0 : next[dir === 0 ? 1 : 0], data, time })
    next[dir] += data.length + ((flags & (SYN | FIN)) === 0 ? 0 : 1)
  }
  say(0, SYN)
  say(1, SYN | ACK)
  for (let n = 0; n < exchanges; n++) {
    say(0, ACK, `q${n} `)
    say(1, ACK, `a${n} `)
  }
  say(0, FIN | ACK)
  say(1, FIN | ACK)
  say(0, ACK)
  return packets
}

/** Plays the directions as two sources: batches of 40 ms, those of `late` half a second after the others. */
function skewed(packets: readonly Packet[], late: 0 | 1 | null, clock = 0): Script {
  const script = new Script()
  const at = (packet: Packet) => packet.time + (packet.dir === late ? 500 * MS : 0)
  const batches = new Map<string, Packet[]>()
  for (const packet of packets) {
    const key = `${Math.floor(at(packet) / (40 * MS))} ${packet.dir}`
    const time = packet.time + (packet.dir === 1 ? clock : 0)
    batches.set(key, [...(batches.get(key) ?? []), { ...packet, time }])
  }
  const number = (key: string) => Number(key.split(' ')[0]) + (key.endsWith('1') ? 0.5 : 0)
  for (const [key, batch] of [...batches].toSorted(([a], [b]) => number(a) - number(b))) {
    script.play(batchOf(batch, key.endsWith('1') ? RIGHT : LEFT))
    if (Script.restarting) script.restart()
  }
  const end = 20 * S
  script.play(endOf(end, LEFT)).play(endOf(end, RIGHT))
  script.checkEmpty()
  return script
}

withAndWithoutRestarts(() => {
  describe('what was said first', () => {
    test('an answer that was captured before its question waits for it', () => {
      const script = new Script().shake().s(1, 'answer', 9)
      assert.deepEqual(script.said, [])
      assert.deepEqual(script.c(1, 'question').said, ['0:question', '1:answer'])
    })

    test('and for the hole in it', () => {
      const script = new Script().shake().s(1, 'answer', 9).c(4, 'stion')
      assert.deepEqual(script.said, [])
      assert.deepEqual(script.c(1, 'que').said, ['0:que', '0:stion', '1:answer'])
    })

    test('not for ever: a question that was not captured; the next answers wait for the next question only', () => {
      const script = new Script()
        .shake()
        .s(1, 'answer', 9)
        .wait(999 * MS)
      assert.deepEqual(script.said, [])
      assert.deepEqual(script.wait(MS).s(7, ' goes on', 9).said, ['1:answer', '1: goes on'])
      assert.deepEqual(script.c(9, 'next', 15).s(15, '!', 13).said.slice(2), [])
      assert.deepEqual(script.wait(S).said.slice(2), ['0[8]', '0:next', '1:!'])
    })

    test('what is given up when the source ends stays in order', () => {
      const script = new Script().shake().c(4, 'b', 1).s(1, 'one', 5).c(5, 'c', 4).s(4, 'two', 6)
      assert.deepEqual(script.over(), ['0[3]', '0:b', '1:one', '0:c', '1:two', '0.source', '1.source'])
    })

    test('an acknowledged FIN is nothing to wait for', () => {
      const script = new Script()
        .shake()
        .c(1, 'bye')
        .send(0, FIN | ACK, 4)
        .s(1, 'answer', 5)
      assert.deepEqual(script.said, ['0:bye', '0.fin', '1:answer'])
    })

    test('seen one way, nothing waits', () => {
      assert.deepEqual(new Script().send(1, SYN | ACK, 0, '', { acks: 1 }).s(1, 'answer', 9).said, ['1:answer'])
    })

    test('an acknowledgement far out of the window is nothing to wait for', () => {
      assert.deepEqual(new Script().shake().s(1, 'answer', 40_000_000).said, ['1:answer'])
    })

    test('many segments that wait end the wait early', () => {
      const script = new Script({ gapSegments: 3 }).shake().s(1, 'a', 9).s(2, 'b', 9).s(3, 'c', 9)
      assert.deepEqual(script.said, ['1:a', '1:b', '1:c'])
    })
  })

  describe('directions from two sources', () => {
    const turns = skewed(conversation(100), null).said.filter(said => /^\d:/.test(said))
    /** A direction of which nothing was seen yet cannot be waited for: half a second of them. */
    const known = (late: 0 | 1) => (late === 0 ? 26 : 0)

    test('the requests half a second behind the responses, and the other way round', () => {
      assert.equal(turns.length, 200)
      for (const late of [0, 1] as const) {
        const script = skewed(conversation(100), late)
        const data = script.said.filter(said => /^\d:/.test(said))
        assert.deepEqual(data.toSorted(), turns.toSorted(), `late: ${late}`)
        for (let n = known(late); n < 100; n++) {
          assert.ok(data.indexOf(`0:q${n} `) < data.indexOf(`1:a${n} `), `question ${n} before its answer`)
        }
        assert.deepEqual(script.said.slice(-2).toSorted(), ['0.fin', '1.fin'])
        assert.equal(new Set(script.chunks.map(({ connection }) => connection.id)).size, 1)
        assert.equal(script.settled('missing'), 0)
      }
    })

    test('clocks that differ by more than an answer takes', () => {
      for (const clock of [-300 * MS, 300 * MS]) {
        const data = skewed(conversation(20), null, clock).said.filter(said => /^\d:/.test(said))
        for (let n = 0; n < 20; n++) {
          assert.ok(data.indexOf(`0:q${n} `) < data.indexOf(`1:a${n} `), `question ${n} before its answer`)
        }
      }
    })

    test('a flow ends with the last source that feeds it', () => {
      const script = new Script()
      const [syn, answer, ...rest] = conversation(3)
      script.play(batchOf([syn!], LEFT)).play(batchOf([answer!], RIGHT))
      script.play(batchOf(rest.slice(0, 1), LEFT)).play(endOf(syn!.time, LEFT))
      script.play(batchOf(rest.filter(({ dir }) => dir === 1).slice(0, 1), RIGHT))
      assert.deepEqual(script.said, ['0:q0 ', '1:a0 '])
      script.play(endOf(20 * S, RIGHT))
      script.checkEmpty()
      assert.deepEqual(script.said.slice(2), ['0.source', '1.source'])
    })
  })

  test('a source that is read again after its end feeds again', () => {
    const script = new Script()
    const [syn, answer, ...rest] = conversation(3)
    script
      .play(batchOf([syn!], LEFT))
      .play(batchOf([answer!], RIGHT))
      .play(endOf(syn!.time, LEFT))
    script.play(batchOf(rest.slice(0, 1), LEFT)).play(endOf(syn!.time, RIGHT))
    assert.deepEqual(script.said, ['0:q0 '])
    script.play(endOf(syn!.time, LEFT)).checkEmpty()
  })

  describe('one way', () => {
    test('only requests: holes are given up by time, FIN and RST are believed', () => {
      const script = new Script()
        .send(0, SYN, 0)
        .c(1, 'a')
        .c(3, 'c')
        .wait(S)
        .send(0, FIN | ACK, 4)
        .wait(S)
      assert.deepEqual(script.said, ['0:a', '0[1]', '0:c', '0.fin'])
      const reset = new Script()
        .send(0, SYN, 0)
        .c(1, 'a')
        .send(0, RST, 2)
        .wait(5 * S)
      assert.deepEqual(reset.said, ['0:a', '0.rst', '1.rst'])
    })

    test('only responses, from the middle', () => {
      const script = new Script()
        .s(1, 'abc')
        .s(4, 'def')
        .wait(100 * MS)
      assert.deepEqual(script.said, ['1:abc', '1:def'])
      assert.equal(script.chunks[0]!.connection.opener, null)
    })
  })
})
