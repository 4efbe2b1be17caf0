import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { data, frame, Peer, request, response, word } from '#test/driver/http2.ts'
import { mulberry32 } from '#test/driver/random.ts'
import { chainAt, joinVerdict } from './chain.ts'

const WINDOW = frame(8, 0, 0, word(9))
const PING = frame(6, 0, 0, Buffer.alloc(8))
const asked = new Peer().headers(1, request('GET', '/'), { end: true })
const answered = new Peer().headers(1, response(200))
const many = (...frames: readonly Uint8Array[]) => Buffer.concat(frames)

describe('a chain of frames', () => {
  test('three headers; two when one is that of a message', () => {
    assert.equal(chainAt(many(WINDOW, PING), 0, 0, false), 'more')
    assert.equal(chainAt(many(WINDOW, PING, WINDOW), 0, 0, false), 'yes')
    assert.equal(chainAt(many(asked, PING), 0, 0, false), 'yes')
  })

  test('fewer at the end of a direction, when the last frame ends with it', () => {
    assert.equal(chainAt(many(WINDOW, PING), 0, 0, true), 'yes')
    assert.equal(chainAt(many(WINDOW, PING).subarray(0, -1), 0, 0, true), 'no')
  })

  test('a header block is not interrupted, and begins somewhere', () => {
    const open = new Peer().headers(1, request('GET', '/a/long/path'), { parts: 2 })
    assert.equal(chainAt(many(open, PING), 0, 0, false), 'yes')
    assert.equal(chainAt(frame(9, 4, 1, Buffer.alloc(3)), 0, 0, false), 'no')
    assert.equal(chainAt(many(frame(1, 0, 1, Buffer.from([0x82])), PING), 0, 0, false), 'no')
  })

  test('not in random bytes', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = mulberry32(seed)
      const bytes = Buffer.from(Array.from({ length: 20_000 }, () => Math.floor(random() * 256)))
      for (let at = 0; at + 9 <= bytes.length; at++)
        assert.notEqual(chainAt(bytes, at, 1, false), 'yes', `seed ${seed}`)
    }
  })
})

describe('joining', () => {
  test('header blocks say which end speaks', () => {
    const [client, server] = [many(asked, PING, WINDOW), many(answered, data(1, 'x', true), PING)]
    assert.deepEqual([joinVerdict(client, 0), joinVerdict(client, 1)], ['yes', 'no'])
    assert.deepEqual([joinVerdict(server, 0), joinVerdict(server, 1)], ['no', 'yes'])
  })

  test('text is refused at once, other bytes when there are enough of them', () => {
    assert.equal(joinVerdict(Buffer.from('<html><body>Hello'), 1), 'no')
    assert.equal(joinVerdict(Buffer.alloc(100, 0xee), 1), 'more')
    assert.equal(joinVerdict(Buffer.alloc(3000, 0xee), 1), 'no')
  })

  test('a longer head never takes yes or no back', () => {
    for (let seed = 1; seed <= 100; seed++) {
      const random = mulberry32(seed)
      const some = [asked, answered, PING, WINDOW, data(1, 'text', false), Buffer.from([7, 0, 0])]
      const bytes = many(...Array.from({ length: 8 }, () => some[Math.floor(random() * some.length)]!))
      for (const dir of [0, 1] as const) {
        let before = 'more'
        for (let length = 1; length <= bytes.length; length++) {
          const verdict = joinVerdict(bytes.subarray(0, length), dir)
          assert.ok(
            before === 'more' || verdict === before,
            `seed ${seed}, ${length} bytes: ${verdict} after ${before}`,
          )
          before = verdict
        }
      }
    }
  })
})
