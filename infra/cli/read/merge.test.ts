import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mulberry32 } from '#test/driver/random.ts'
import type { LaneOutput } from './lines.ts'
import { Merger } from './merge.ts'

function output(partition: number, lines: readonly (readonly [packet: number, line: string])[]): LaneOutput {
  return {
    partition,
    text: Buffer.from(lines.map(([, line]) => line).join('')),
    marks: Float64Array.from(lines.flatMap(([packet, line]) => [packet, Buffer.byteLength(line)])),
  }
}

test('merging puts lines in order of their frames, and of partitions where frames are equal', () => {
  const merger = new Merger()
  for (let seed = 1; seed <= 300; seed++) {
    const random = mulberry32(seed)
    const lanes = Array.from({ length: 1 + Math.floor(random() * 5) }, (_, lane) => {
      let packet = 0
      return Array.from({ length: Math.floor(random() * 12) }, (_, i) => {
        packet += Math.floor(random() * 4)
        return [packet, `é${lane}.${i}@${packet}\n`] as const
      })
    })
    // The obvious way: a stable sort of all lines.
    const want = lanes
      .flatMap((lines, lane) => lines.map(([packet, line]) => ({ packet, lane, line })))
      .sort((x, y) => x.packet - y.packet || x.lane - y.lane)
      .map(({ line }) => line)
      .join('')
    // Threads answer with their own partitions: not in order.
    const outputs = lanes.map((lines, lane) => output(lane, lines))
    const answered = [1, 0].flatMap(odd => outputs.filter(({ partition }) => partition % 2 === odd))
    assert.equal(Buffer.from(merger.merge(answered)).toString(), want, `seed ${seed}`)
  }
})

test('nothing merges to nothing', () => {
  const merger = new Merger()
  assert.equal(merger.merge([]).length, 0)
  assert.equal(merger.merge([output(0, [])]).length, 0)
})
