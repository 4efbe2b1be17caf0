/** What comes in order from inside a process: kinds `stream` and `about`. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type About, encodeAbout } from '#schemas/records/about.ts'
import { FIN, KIND, PSH, RST, SYN } from '#schemas/records/segment.ts'
import { S, Script, withAndWithoutRestarts } from '#test/driver/tcp-script.ts'
import { identityOf, type Packet } from './packets.ts'

const KNOWN: About = { tls: { library: 'openssl' }, process: { pid: 7, name: 'nginx', side: 'server' } }
const GIB = 2 ** 30

class Streams extends Script {
  about(flags = SYN, data = encodeAbout(KNOWN), more: Partial<Packet> = {}): this {
    return this.send(0, flags, 0, '', { kind: KIND.about, seq: 0, data, ...more })
  }

  bytes(dir: 0 | 1, seq: number, data: string, flags = 0, more: Partial<Packet> = {}): this {
    return this.send(dir, flags, 0, data, { kind: KIND.stream, seq, ...more })
  }
}

withAndWithoutRestarts(() => {
  describe('about', () => {
    test('reaches the connection; its bytes are framing', () => {
      const script = new Streams().about().bytes(0, 0, 'GET').bytes(1, 0, '200')
      assert.deepEqual(script.said, ['0:GET', '1:200'])
      const [{ connection }] = script.chunks as [Streams['chunks'][0]]
      assert.deepEqual(connection.about, KNOWN)
      assert.equal(connection.opener, 0)
      assert.equal(script.driver.ledger.get('framing'), encodeAbout(KNOWN).length)
    })

    test('without SYN the opening was not seen', () => {
      const script = new Streams().about(0).bytes(1, 0, '200')
      assert.equal(script.chunks[0]!.connection.opener, null)
    })

    test('another one begins another connection, whose bytes count anew', () => {
      const script = new Streams().about().bytes(0, 0, 'first').bytes(0, 5, ' half').about().bytes(0, 0, 'second')
      assert.deepEqual(script.said, ['0:first', '0: half', '0.reused', '1.reused', '0:second'])
      const ids = new Set(script.chunks.map(({ connection }) => connection.id))
      assert.equal(ids.size, 2)
    })

    test('with PSH the connection goes on, and the chunks behind it know', () => {
      const script = new Streams().about(SYN, encodeAbout({})).bytes(0, 0, 'PROXY').about(PSH).bytes(0, 5, 'GET')
      assert.deepEqual(script.said, ['0:PROXY', '0:GET'])
      const [before, after] = script.chunks.map(({ connection }) => connection)
      assert.deepEqual(before!.about, {})
      assert.deepEqual(after, { ...before, about: KNOWN })
    })

    test('with PSH, of a connection that is not known: it begins in the middle', () => {
      const script = new Streams().about(PSH).bytes(0, 70, 'GET')
      assert.deepEqual(script.said, ['0:GET'])
      assert.equal(script.chunks[0]!.connection.opener, null)
      assert.deepEqual(script.chunks[0]!.connection.about, KNOWN)
    })

    test('a connection without a byte is not mentioned', () => {
      const script = new Streams().about().bytes(0, 0, '', FIN).bytes(1, 0, '', FIN)
      assert.deepEqual(script.over(), [])
    })

    test('malformed: the connection is read without it', () => {
      const script = new Streams().about(SYN, Uint8Array.of(1, 2, 3)).bytes(0, 0, 'GET')
      assert.deepEqual(script.said, ['0:GET'])
      assert.equal('about' in script.chunks[0]!.connection, false)
      assert.equal(script.driver.counted('tcp.about.malformed'), 1)
      assert.equal(script.driver.ledger.get('framing'), 3)
    })

    test('of a fifth flow with the same key it is budget', () => {
      const script = new Streams()
      for (let n = 0; n < 5; n++) script.about(SYN, encodeAbout(KNOWN), { identity: identityOf(n) })
      assert.equal(script.load.flows, 4)
      assert.equal(script.settled('budget'), encodeAbout(KNOWN).length)
      assert.equal(script.driver.ledger.get('framing'), 4 * encodeAbout(KNOWN).length)
    })
  })

  describe('stream', () => {
    test('what is missing is said at once, whatever its size', () => {
      const script = new Streams()
        .about()
        .bytes(0, 0, 'a')
        .bytes(0, 1, '', 0, { wire: GIB })
        .bytes(0, GIB + 1, 'b')
      assert.deepEqual(script.said, ['0:a', `0[${GIB}]`, '0:b'])
      assert.equal(script.settled('missing'), GIB)
    })

    test('as far as the field can say in one segment', () => {
      const most = 2 ** 32 - 1
      const script = new Streams().about().bytes(0, 0, 'a').bytes(0, 1, '', 0, { wire: most }).bytes(0, 0, 'b')
      assert.deepEqual(script.said, ['0:a', `0[${most}]`, '0:b'])
    })

    test('sequence numbers wrap', () => {
      const script = new Streams().about().bytes(0, 0, 'a')
      for (let n = 0; n < 4; n++) script.bytes(0, n * GIB + 1, '', 0, { wire: GIB })
      script.bytes(0, 1, 'b')
      assert.deepEqual(script.said, ['0:a', ...Array(4).fill(`0[${GIB}]`), '0:b'])
    })

    test('a FIN ends its direction at once', () => {
      const script = new Streams().about().bytes(0, 0, 'a', FIN).bytes(1, 0, 'b')
      assert.deepEqual(script.said, ['0:a', '0.fin', '1:b'])
    })

    test('a RST ends both at once', () => {
      const script = new Streams().about().bytes(0, 0, 'a').bytes(1, 0, '', RST)
      assert.deepEqual(script.said, ['0:a', '1.rst', '0.rst'])
    })

    test('a RST behind a FIN leaves that what it was', () => {
      const script = new Streams().about().bytes(1, 0, 'b', FIN).bytes(0, 0, '', RST)
      assert.deepEqual(script.over(), ['1:b', '1.fin', '0.rst'])
    })

    test('silence ends it after idleTimeout', () => {
      const script = new Streams()
        .about()
        .bytes(0, 0, 'a')
        .wait(299 * S)
      assert.deepEqual(script.said, ['0:a'])
      assert.deepEqual(script.wait(2 * S).said, ['0:a', '0.idle', '1.idle'])
    })
  })
})
