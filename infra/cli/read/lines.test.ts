import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type LaneOutput, Lines, newLineMemory, outputsOf } from './lines.ts'

const plain = (output: LaneOutput) => ({
  partition: output.partition,
  text: Buffer.from(output.text).toString(),
  marks: [...output.marks],
})

test('sections hold the lines of their partition; empty ones are left out', () => {
  const lines = new Lines(newLineMemory())
  lines.add(7, 'one')
  lines.add(9, 'zwei €')
  lines.endSection(1)
  lines.endSection(3)
  lines.add(8, '')
  lines.endSection(5)
  assert.deepEqual(outputsOf(lines.memory, lines.sections).map(plain), [
    { partition: 1, text: 'one\nzwei €\n', marks: [7, 4, 9, 9] },
    { partition: 5, text: '\n', marks: [8, 1] },
  ])
})

test('lines and marks outgrow their memory, and the memory that they grew to is used again', () => {
  const first = new Lines(newLineMemory())
  const long = '\u20ac'.repeat(300_000)
  const written = Array.from({ length: 5000 }, (_, i) => (i === 2500 ? long : `line ${i}`))
  for (const [i, line] of written.entries()) first.add(i, line)
  first.endSection(0)
  const [output] = outputsOf(first.memory, first.sections).map(plain)
  assert.equal(output!.text, `${written.join('\n')}\n`)
  assert.deepEqual(
    output!.marks,
    written.flatMap((line, i) => [i, Buffer.byteLength(line) + 1]),
  )

  const second = new Lines(first.memory)
  second.add(1, 'next round')
  second.endSection(0)
  assert.equal(second.memory.text, first.memory.text)
  assert.deepEqual(outputsOf(second.memory, second.sections).map(plain), [
    { partition: 0, text: 'next round\n', marks: [1, 11] },
  ])
})
