import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { mulberry32 } from '#test/driver/random.ts'
import { minimise } from './minimise.ts'
import { Mutator } from './mutate.ts'
import { fuzz } from './session.ts'

const target = (name: string): string => join(import.meta.dirname, 'testdata', `${name}.ts`)
const LONG = 60

test('an input that makes a target throw is found and made as small as it can be', async () => {
  const { finding } = await fuzz(target('throws'), { seed: 1, seconds: LONG })
  assert.equal(finding?.kind, 'throws')
  assert.equal(Buffer.from(finding.input).toString(), 'xyz')
  assert.match(finding.message, /RangeError: x, y and z/)
})

test('a run that does not end is ended, with its input', async () => {
  const { finding } = await fuzz(target('hangs'), { seed: 1, seconds: LONG, hangMs: 500 })
  assert.equal(finding?.kind, 'hangs')
  assert.ok(finding.input.includes(0x78), Buffer.from(finding.input).toString())
})

test('a run that takes all memory is ended, with its input', async () => {
  const { finding } = await fuzz(target('grows'), { seed: 1, seconds: LONG, hangMs: 60_000 })
  assert.equal(finding?.kind, 'dies')
  assert.ok(finding.input.includes(0x78), Buffer.from(finding.input).toString())
})

test('a calm target runs for its time, and one input alone runs once', async () => {
  const { executions, finding } = await fuzz(target('calm'), { seed: 1, seconds: 0.2 })
  assert.equal(finding, null)
  assert.ok(executions > 1)
  assert.equal((await fuzz(target('calm'), { seed: 1, seconds: 1, only: Buffer.from('x') })).executions, 1)
})

test('the same seed makes the same inputs, within the length, nearly all of them different', () => {
  const inputs = (seed: number): string[] => {
    const mutator = new Mutator(
      mulberry32(seed),
      [Buffer.from('GET / HTTP/1.1'), Buffer.from('Content-Length: 12')],
      ['\r\n'],
      50,
    )
    return Array.from({ length: 2000 }, () => Buffer.from(mutator.next()).toString('latin1'))
  }
  const made = inputs(7)
  assert.deepEqual(inputs(7), made)
  assert.notDeepEqual(inputs(8), made)
  assert.ok(made.every(input => input.length <= 50))
  assert.ok(new Set(made).size > 1500, `only ${new Set(made).size} different ones`)
})

test('minimise stops when its budget is spent, with an input that fails', async () => {
  const input = Buffer.from(`${'a'.repeat(1000)}x`)
  const minimal = await minimise(input, candidate => candidate.includes(0x78), 5)
  assert.ok(minimal.includes(0x78) && minimal.length < input.length)
})
