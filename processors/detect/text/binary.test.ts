import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateRawSync, gzipSync } from 'node:zlib'
import { mulberry32 } from '#test/driver/random.ts'
import { runsOf } from './binary.ts'

function noise(length: number, seed: number): Buffer {
  const random = mulberry32(seed)
  return Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)))
}

test('what is written in data is what remains of it', () => {
  const shell = '<?php system($_GET["c"]); ?>'
  for (let seed = 1; seed <= 20; seed++) {
    const data = Buffer.concat([noise(3000, seed), Buffer.from(`\0${shell}\0`), noise(3000, seed + 100)])
    const runs = runsOf(data) ?? ''
    assert.ok(runs.split('\n').includes(shell), `seed ${seed}`)
    assert.ok(runs.length < data.length / 20, `seed ${seed}: ${runs.length}`)
  }
})

test('text is no data, in whatever charset', () => {
  const texts: readonly Buffer[] = [
    Buffer.from('Grüße aus Köln, 日本語 and 👍 '.repeat(50)),
    Buffer.from('93fa967b8cea82cc83658358836782c582b781420d0a'.repeat(50), 'hex'), // Shift_JIS
    Buffer.from('cff0e8e2e5f2ecb0d03b0a'.repeat(80), 'hex'), // windows-1251
    Buffer.from('id,name\r\n1,x\r\n'.repeat(100)),
    Buffer.from('wide text '.repeat(100), 'utf16le'),
  ]
  for (const text of texts) assert.equal(runsOf(text), null, text.toString('latin1', 0, 20))
})

test('nor is what decoders read, or what is short', () => {
  const packed = deflateRawSync(noise(20_000, 7))
  assert.equal(runsOf(gzipSync(noise(20_000, 7))), null)
  assert.equal(runsOf(Buffer.concat([Buffer.from('aced0005', 'hex'), noise(5000, 8)])), null)
  assert.equal(runsOf(noise(500, 9)), null)
  assert.notEqual(runsOf(packed), null)
})
