import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mulberry32 } from '#test/driver/random.ts'
import { Context, WINDOW } from './context.ts'

test('bytes are the last ones that were added, in bounded memory', () => {
  for (const largest of [300, 5000, 3 * WINDOW]) {
    const random = mulberry32(largest)
    const context = new Context()
    let whole = Buffer.alloc(0)
    for (let n = 0; n < 150; n++) {
      const piece = Buffer.alloc(Math.floor(random() ** 3 * largest), Math.floor(random() * 256))
      context.add(piece)
      whole = Buffer.concat([whole, piece]).subarray(-WINDOW)
      assert.ok(whole.equals(context.bytes), `pieces up to ${largest}, piece ${n}`)
      assert.ok(context.size <= 2 * WINDOW)
    }
    context.clear()
    assert.equal(context.bytes.length, 0)
  }
})
