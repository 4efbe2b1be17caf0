import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Place } from '#schemas/contracts/protocol.ts'
import { mulberry32 } from '#test/driver/random.ts'
import { Held } from './held.ts'

const place = (packet: number): Place => ({ time: packet, packet, offset: -1 })

test('every byte keeps its place, however bytes come and go', () => {
  const random = mulberry32(11)
  const held = new Held()
  let twin: number[] = []
  for (let packet = 1; packet <= 300; packet++) {
    const length = 1 + Math.floor(random() * 4)
    held.append(new Uint8Array(length), place(packet))
    twin.push(...Array<number>(length).fill(packet))
    if (packet % 7 === 0) {
      const count = Math.floor(random() * twin.length)
      held.drop(count)
      twin = twin.slice(count)
    }
    assert.deepEqual(
      twin.map((_, at) => held.placeAt(at).packet),
      twin,
      'seed 11',
    )
    const pieces = held.pieces()
    assert.deepEqual(
      pieces.flatMap(({ bytes, place }) => [...bytes].map(() => place.packet)),
      twin,
      'seed 11',
    )
  }
})
