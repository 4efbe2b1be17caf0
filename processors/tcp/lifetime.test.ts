import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ACK, FIN, RST, SYN } from '#schemas/records/segment.ts'
import { MS, S, Script, withAndWithoutRestarts } from '#test/driver/tcp-script.ts'
import { endOf, identityOf } from './packets.ts'

withAndWithoutRestarts(() => {
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

  describe('silence', () => {
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

    test('a SYN after RST waits for its answer, unless the other direction is not captured', () => {
      const forged = new Script().shake().c(1, 'a').send(0, RST, 2).send(0, SYN, 70_000).c(2, 'b')
      assert.deepEqual(forged.said, ['0:a', '0!tcp.rst-ignored', '0:b'])
      const oneWay = new Script().send(0, SYN, 0).c(1, 'a').send(0, RST, 2).send(0, SYN, 70_000).c(70_001, 'new')
      assert.deepEqual(oneWay.said, ['0:a', '0.rst', '1.rst', '0:new'])
    })

    test('a SYN after silence ends the old connection', () => {
      assert.deepEqual(reuse(new Script().shake().c(1, 'old').wait(S)).said, ['0:old', '0.reused', '1.reused', '0:new'])
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
