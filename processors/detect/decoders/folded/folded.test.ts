import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fits, take } from '../../testdata/decode.ts'
import folded from './index.ts'

const read = (text: string) => (fits(folded, text) ? take(folded, text).values : [])

test('zeros vanish, full-width forms become ASCII', () => {
  assert.deepEqual(read('<scr\0ipt>'), [['folded', '<script>']])
  assert.deepEqual(read('＜ｓｃｒｉｐｔ＞ａｌｅｒｔ（１）～'), [['folded', '<script>alert(1)~']])
  assert.deepEqual(read('ｕｎ\0ｉｏｎ'), [['folded', 'union']])
})

test('other characters stay', () => {
  assert.deepEqual(read('価格は１００円です。日本語！'), [['folded', '価格は100円です。日本語!']])
  for (const text of ['plain', '日本語。', 'ｶﾀｶﾅ', '￥100']) assert.deepEqual(read(text), [], text)
})

test('zeros of long texts stay, and where they are many: those are files, and UTF-16', () => {
  for (const text of [`${'x'.repeat(4096)}\0`, 'U\0T\0F\0']) assert.deepEqual(read(text), [], text)
})
