import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mulberry32 } from '#test/driver/random.ts'
import { linesOf, textOf } from './lines.ts'

async function* pieces(text: string, sizes: () => number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text)
  for (let at = 0, size = sizes(); at < bytes.length; at += size, size = sizes()) yield bytes.subarray(at, at + size)
}

test('however a stream is cut, its lines are the same', async () => {
  const seed = 7
  const random = mulberry32(seed)
  const lines = ['{"a":"é"}', '', `{"b":"${'漢'.repeat(50)}"}`, 'x']
  for (let i = 0; i < 200; i++) {
    const found = await Array.fromAsync(
      linesOf(
        pieces(`${lines.join('\n')}\ncut off`, () => 1 + Math.floor(random() * 20)),
        1000,
      ),
    )
    assert.deepEqual(found, lines, `seed ${seed}`)
  }
})

test('a line is as long as allowed, and no longer, with and without its end', async () => {
  const whole = (text: string) =>
    Array.fromAsync(
      linesOf(
        pieces(text, () => 4),
        10,
      ),
    )
  assert.deepEqual(await whole(`${'x'.repeat(10)}\n`), ['x'.repeat(10)])
  await assert.rejects(whole(`${'x'.repeat(11)}\n`), /longer than 10 bytes/)
  await assert.rejects(whole('x'.repeat(11)), /longer than 10 bytes/)
  assert.equal(
    await textOf(
      pieces('x'.repeat(10), () => 3),
      10,
    ),
    'x'.repeat(10),
  )
  await assert.rejects(
    textOf(
      pieces('x'.repeat(11), () => 3),
      10,
    ),
    /longer than 10 bytes/,
  )
})
