import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { FIN, RST, SYN } from '#schemas/records/segment.ts'
import { mulberry32 } from '#test/driver/random.ts'
import { Stand } from '#test/driver/tcp.ts'
import fuzzTcp from '#test/fuzz/tcp.ts'
import type { Config } from './config.ts'
import { batchOf, endOf, type Packet } from './packets.ts'
import { conversation, type Disturbance, disturb, timed } from './scenario.ts'
import { twin } from './twin.ts'

const SEEDS = 400
const FAR = 2_000_000

/** Both directions as text and end, after the source has ended. */
function result(packets: readonly Packet[], config: Partial<Config> = {}, restartEvery = 0) {
  const stand = new Stand(config)
  let n = 0
  for (const packet of packets) {
    stand.play(batchOf([packet]))
    if (restartEvery > 0 && ++n % restartEvery === 0) stand.restart()
  }
  stand.play(endOf(FAR))
  stand.checkEmpty()
  return stand
}

describe('laws of reassembly', () => {
  const worlds: readonly (readonly [string, Disturbance])[] = [
    ['undisturbed', {}],
    ['reordered', { reorder: 6 }],
    ['repeated and cut differently', { repeat: 0.3, recut: 0.4 }],
    ['all of it', { reorder: 5, repeat: 0.3, recut: 0.3 }],
    ['with loss', { reorder: 3, repeat: 0.2, recut: 0.3, lose: 0.15 }],
  ]
  for (const [name, how] of worlds) {
    test(`equals the slow obvious twin: ${name}`, () => {
      for (let seed = 1; seed <= SEEDS; seed++) {
        const random = mulberry32(seed)
        const packets = timed(disturb(conversation(random), random, how))
        const [a, b] = twin(packets)
        const got = result(packets).streams()
        const want = a.text === '' && b.text === '' ? [] : [[a, b]]
        assert.deepEqual(got, want, `seed ${seed}`)
      }
    })
  }

  test('reordering and repetition change nothing', () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const random = mulberry32(seed)
      const packets = conversation(random)
      const arrivals = disturb(packets, random, { reorder: 6, repeat: 0.4, recut: 0.3 })
      // A reset of an unknown connection is nobody's: it opens nothing that it could end.
      const opening = arrivals.findIndex(({ flags, data }) => (flags & (SYN | FIN)) !== 0 || data!.length > 0)
      if (arrivals.slice(0, opening).some(({ flags }) => (flags & RST) !== 0)) continue
      const still = result(timed(packets)).streams()
      const moved = result(timed(arrivals)).streams()
      assert.deepEqual(moved, still, `seed ${seed}`)
    }
  })

  test('a restart after any segment changes nothing', () => {
    for (let seed = 1; seed <= 400; seed++) {
      const random = mulberry32(seed)
      const packets = timed(disturb(conversation(random), random, { reorder: 5, repeat: 0.2, recut: 0.3, lose: 0.1 }))
      const policy = { overlap: seed % 2 === 0 ? 'first' : 'last' } as const
      const still = result(packets, policy)
      const restarted = result(packets, policy, 1 + (seed % 3))
      assert.deepEqual(restarted.chunks, still.chunks, `seed ${seed}`)
      assert.deepEqual(restarted.driver.ledger.counts(), still.driver.ledger.counts(), `seed ${seed}`)
    }
  })

  test('garbage never throws and never breaks ledger, chunks or bounds', () => {
    for (let seed = 1; seed <= 1000; seed++) {
      const random = mulberry32(seed)
      const data = Uint8Array.from({ length: 1 + 8 * Math.floor(random() * 60) }, () => Math.floor(random() * 256))
      try {
        fuzzTcp(data)
      } catch (cause) {
        throw new Error(`seed ${seed}`, { cause })
      }
    }
  })
})
