import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import type { AnyProcessor, Processors } from './components.ts'
import { stagesFor } from './pipeline.ts'

function processors(
  ...specs: readonly (readonly [name: string, input: string, outputs: readonly string[]])[]
): Processors {
  const made = specs.map(([name, input, outputs]): [string, AnyProcessor] => [
    name,
    { kind: 'processor', name, summary: '', config: z.unknown(), input, outputs, create: () => ({ process() {} }) },
  ])
  return { processors: new Map(made), parts: new Map() }
}

const names = (given: Processors, wanted: readonly string[]): readonly string[] =>
  stagesFor(given, 'in', wanted).map(({ name }) => name)

test('a stage comes behind everything that it reads from, however many ways lead to it', () => {
  const given = processors(
    ['detect', 'exchanges', ['detections']],
    ['enrich', 'decoded', ['exchanges']],
    ['http', 'chunks', ['decoded', 'anomalies']],
    ['messages', 'in', ['decoded', 'anomalies']],
    ['tcp', 'in', ['chunks']],
  )
  assert.deepEqual(names(given, ['exchanges', 'detections']), ['tcp', 'http', 'messages', 'enrich', 'detect'])
  assert.deepEqual(names(given, ['anomalies']), ['tcp', 'http', 'messages'])
  assert.deepEqual(names(given, ['chunks']), ['tcp'])
  const behind = stagesFor(given, 'chunks', ['detections']).map(({ name }) => name)
  assert.deepEqual(behind, ['http', 'enrich', 'detect'], 'who reads what does not come is left out')
})

test('what no way leads to is an error', () => {
  const given = processors(['a', 'x', ['y']], ['b', 'y', ['x', 'out']])
  assert.throws(() => names(given, ['out']), /no way from in to out/)
  assert.throws(() => names(given, ['else']), /no way from in to else/)
})
