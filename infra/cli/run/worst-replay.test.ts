import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tooShort } from './worst-replay.ts'

const MIB = 1024 ** 2
const checkpoint = { everyMs: 10_000, everyBytes: 64 * MIB }

test('a checkpoint and an hour, four checkpoints of bytes: that much is enough, one less is not', () => {
  const enough = { ms: 3_610_000, bytes: 256 * MIB }
  assert.equal(tooShort(enough, checkpoint), null)
  assert.match(tooShort({ ...enough, ms: enough.ms - 1 }, checkpoint) ?? '', /^3609999 ms .* 3610000 at least$/)
  assert.match(tooShort({ ...enough, bytes: enough.bytes - 1 }, checkpoint) ?? '', /^268435455 bytes .* 64 MiB/)
  assert.match(tooShort(enough, { ...checkpoint, everyMs: 10_001 }) ?? '', /10001 ms again/)
})

test('without a limit nothing is too short', () => assert.equal(tooShort({ ms: -1, bytes: -1 }, checkpoint), null))
