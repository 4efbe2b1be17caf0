import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ACK, KIND, Segment, SegmentWriter, SYN } from '#schemas/records/segment.ts'
import { mulberry32 } from '#test/driver/random.ts'
import { Stand } from '#test/driver/tcp.ts'
import { bucketOf } from './fair.ts'
import { batchOf, endOf, ORIGIN, type Packet } from './packets.ts'

const NOTHING = new Uint8Array(0)
const text = (value: string) => new TextEncoder().encode(value)

/** Identity of client 10.<address>.0.1:<port> to server 192.0.2.1:80. The client is endpoint a. */
function client(address: number, port: number): Pick<Packet, 'identity' | 'key'> {
  const identity = Uint8Array.of(4, 10, address, 0, 1, port >> 8, port & 255, 192, 0, 2, 1, 0, 80)
  return { identity, key: 1 + address * 65_536 + port }
}

class Crowd extends Stand {
  time = 1_000_000

  send(who: Pick<Packet, 'identity' | 'key'>, dir: 0 | 1, flags: number, seq: number, data = ''): void {
    this.play(batchOf([{ ...who, dir, flags, seq, data: text(data), time: this.time++ }]))
  }

  /** SYNs of one address: its ports, again and again, to as many ports of the server. */
  flood(address: number, from: number, count: number): void {
    const writer = new SegmentWriter(count * 100)
    for (let n = from; n < from + count; n++) {
      const identity = Uint8Array.of(4, 10, address, 0, 1, (n >> 8) & 255, n & 255, 192, 0, 2, 1, 100 + (n >> 16), 80)
      const fields = { kind: KIND.packet, flags: SYN, dir: 0, time: this.time, packet: n, seq: n, ack: 0 } as const
      writer.add({ ...fields, key: 2 ** 40 + n, window: 65_535, wireLength: 0 }, identity, NOTHING, 0, 0)
    }
    // Not played: what the stand checks after every segment takes longer than the stage.
    const segment = new Segment().reset({ ...ORIGIN, ...writer.take(), ledger: {} })
    while (segment.next()) this.driver.feed(segment, segment.time)
  }

  establish(who: Pick<Packet, 'identity' | 'key'>): void {
    this.send(who, 0, SYN, 0)
    this.play(batchOf([{ ...who, dir: 1, flags: SYN | ACK, seq: 0, ack: 1, time: this.time++ }]))
    this.send(who, 0, ACK, 1, 'hello')
  }

  ended(reason: string): number[] {
    return this.chunks
      .filter(chunk => chunk.kind === 'end' && chunk.reason === reason)
      .map(chunk => chunk.connection.key)
  }
}

describe('bounds', () => {
  test('who opens half streams without end evicts himself', () => {
    const crowd = new Crowd({ openFlows: 100, halfOpenShare: 0.5 })
    const honest = [1, 2, 3].map(address => client(address, 1000))
    for (const one of honest) crowd.send(one, 0, SYN, 0)
    const established = client(4, 1000)
    crowd.establish(established)
    for (let port = 1; port <= 3000; port++) crowd.send(client(66, port), 0, SYN, 0, 'flood')
    assert.equal(crowd.load.halfOpen, 50)
    assert.ok(crowd.driver.counted('tcp.flows.evicted') > 2900)
    for (const one of honest) crowd.send(one, 0, ACK, 1, 'GET')
    crowd.send(established, 0, ACK, 6, 'GET')
    const honestChunks = crowd.chunks.filter(chunk => chunk.kind === 'data' && chunk.text === 'GET')
    assert.deepEqual(
      honestChunks.map(chunk => chunk.connection.key),
      [...honest, established].map(({ key }) => key),
    )
    assert.ok(crowd.ended('evicted').every(key => key! > 66 * 65_536))
  })

  test('a million half-open connections from one address evict each other, and nobody else', () => {
    const crowd = new Crowd({ openFlows: 2000, halfOpenShare: 0.5 })
    const bucket = (address: number) => bucketOf(Uint8Array.of(10, address, 0, 1), 0, 4)
    const others = Array.from({ length: 60 }, (_, n) => n).filter(address => bucket(address) !== bucket(66))
    const honest = Array.from({ length: 200 }, (_, n) => client(others[n % others.length]!, 2000 + n))
    for (const one of honest.slice(0, 100)) crowd.establish(one)
    for (const one of honest.slice(100)) crowd.send(one, 0, SYN, 0)
    for (let n = 0; n < 1_000_000; n += 10_000) crowd.flood(66, n, 10_000)
    assert.equal(crowd.load.halfOpen, 1000)
    assert.equal(crowd.driver.counted('tcp.flows.evicted'), 1_000_000 - 900)
    for (const one of honest) crowd.send(one, 0, ACK, honest.indexOf(one) < 100 ? 6 : 1, 'GET')
    assert.equal(crowd.chunks.filter(chunk => chunk.kind === 'data' && chunk.text === 'GET').length, 200)
    assert.deepEqual(crowd.ended('evicted'), [])
  })

  test('what an evicted flow held is budget', () => {
    const crowd = new Crowd({ openFlows: 2, halfOpenShare: 0.5 })
    crowd.send(client(1, 1), 0, ACK, 5, 'held')
    crowd.send(client(1, 2), 0, ACK, 5, 'also held')
    assert.equal(crowd.driver.ledger.get('budget'), 4)
    assert.equal(crowd.load.held, 9)
  })

  test('of established flows the one that is silent goes, of the address with most', () => {
    const crowd = new Crowd({ openFlows: 4 })
    crowd.establish(client(1, 1))
    for (const port of [1, 2, 3]) crowd.establish(client(2, port))
    crowd.send(client(2, 1), 0, ACK, 6, 'alive')
    crowd.establish(client(3, 1))
    assert.deepEqual(crowd.ended('evicted'), [client(2, 2).key, client(2, 2).key])
  })

  test('closed flows go before all others', () => {
    const crowd = new Crowd({ openFlows: 3 })
    crowd.establish(client(1, 1))
    crowd.establish(client(2, 1))
    crowd.send(client(2, 1), 0, ACK | 1, 6)
    crowd.send(client(2, 1), 1, ACK | 1, 1)
    crowd.establish(client(3, 1))
    crowd.establish(client(4, 1))
    assert.deepEqual(crowd.ended('evicted'), [])
    assert.equal(crowd.driver.counted('tcp.flows.evicted'), 1)
  })

  test('memory: who holds most gives up his first hole, and nothing is dropped', () => {
    const crowd = new Crowd({ bufferBytes: 10_000 })
    crowd.establish(client(1, 1))
    crowd.establish(client(2, 1))
    crowd.send(client(1, 1), 0, ACK, 7, 'small')
    for (let i = 0; i < 40; i++) crowd.send(client(2, 1), 0, ACK, 10 + 1000 * i, 'x'.repeat(500))
    assert.ok(crowd.driver.counted('tcp.buffer.full') > 20)
    crowd.send(client(1, 1), 0, ACK, 6, ' ')
    const gaps = crowd.chunks.filter(chunk => chunk.kind === 'gap')
    assert.ok(gaps.length > 20 && gaps.every(gap => gap.connection.key === client(2, 1).key))
    assert.equal(crowd.driver.ledger.get('budget'), 0)
  })

  test('one-byte segments are charged for what they cost, not for their byte', () => {
    const crowd = new Crowd({ bufferBytes: 100_000, flowSegments: 65_536 })
    crowd.establish(client(1, 1))
    for (let i = 0; i < 2000; i++) crowd.send(client(1, 1), 0, ACK, 10 + 2 * i, 'x')
    assert.ok(crowd.load.held < 400)
  })

  test('eviction is the same after a restart at any step', () => {
    for (let seed = 1; seed <= 30; seed++) {
      const random = mulberry32(seed)
      const config = { openFlows: 6, halfOpenShare: 0.5, bufferBytes: 4000 }
      const [still, restarted] = [new Crowd(config), new Crowd(config)]
      for (let step = 0; step < 150; step++) {
        const who = client(Math.floor(random() * 3), Math.floor(random() * 4))
        const [dir, flags] = [random() < 0.6 ? 0 : 1, random() < 0.25 ? SYN : ACK] as const
        const seq = Math.floor(random() * 3000)
        for (const crowd of [still, restarted]) crowd.send(who, dir, flags, seq, 'x'.repeat(seq % 50))
        if (random() < 0.5) restarted.restart()
      }
      for (const crowd of [still, restarted]) crowd.play(endOf(crowd.time)).checkEmpty()
      assert.deepEqual(restarted.chunks, still.chunks, `seed ${seed}`)
    }
  })
})
