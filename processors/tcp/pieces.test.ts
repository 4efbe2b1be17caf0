import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { mulberry32 } from '#test/driver/random.ts'
import { OVERHEAD, Pieces } from './pieces.ts'

const text = (value: string) => new Uint8Array(Buffer.from(value))
const place = { time: 1, packet: 2, offset: 3, since: 4, cause: 5 }

/** The twin: one entry per position; null is known to be lost. */
type Known = Map<number, number | null>

function insert(known: Known, at: number, bytes: Uint8Array | null, end: number, policy: 'first' | 'last'): number {
  let duplicate = 0
  for (let i = at; i < end; i++) {
    const byte = bytes === null ? null : bytes[i - at]!
    const old = known.get(i)
    if (typeof old === 'number' && byte !== null) duplicate++
    if (old === undefined || (byte !== null && (old === null || policy === 'last'))) known.set(i, byte)
  }
  return duplicate
}

function check(pieces: Pieces, known: Known, message: string): void {
  const got: Known = new Map()
  let last = Number.NEGATIVE_INFINITY
  for (const piece of pieces.list) {
    assert.ok(piece.at >= last && piece.end > piece.at, `sorted, apart, not empty: ${message}`)
    last = piece.end
    for (let i = piece.at; i < piece.end; i++) got.set(i, piece.bytes === null ? null : piece.bytes[i - piece.at]!)
  }
  const sorted = [...known].sort(([x], [y]) => x - y)
  assert.deepEqual([...got], sorted, message)
  const held = sorted.filter(([, byte]) => byte !== null).length
  assert.equal(pieces.held, held, message)
  assert.equal(pieces.cost, held + OVERHEAD * pieces.length, message)
}

describe('pieces', () => {
  test('equal a map of bytes, whatever is inserted, cut and trimmed', () => {
    for (let seed = 1; seed <= 500; seed++) {
      const random = mulberry32(seed)
      const below = (n: number) => Math.floor(random() * n)
      const policy = seed % 2 === 0 ? 'first' : 'last'
      const pieces = new Pieces()
      const known: Known = new Map()
      for (let step = 0; step < 30; step++) {
        const message = `seed ${seed}, step ${step}`
        const at = below(60) - 10
        const action = below(10)
        if (action < 8) {
          const bytes = action === 0 ? null : Uint8Array.from({ length: 1 + below(12) }, () => below(3))
          const end = at + (bytes?.length ?? 1 + below(12))
          const before = [...known]
          pieces.insert(at, end, bytes, policy, place)
          assert.equal(pieces.duplicate, insert(known, at, bytes, end, policy), message)
          const differs = before.some(
            ([i, old]) => bytes !== null && i >= at && i < end && old !== null && old !== bytes[i - at],
          )
          assert.equal(pieces.conflict, differs, message)
        } else {
          const gone = [...known].filter(([i]) => (action === 8 ? i >= at : i < at))
          const bytes = gone.filter(([, byte]) => byte !== null).length
          assert.equal(action === 8 ? pieces.cut(at) : pieces.trim(at), bytes, message)
          for (const [i] of gone) known.delete(i)
        }
        check(pieces, known, message)
      }
    }
  })

  test('both: the other reading beside the first, through cuts, and in the memory', () => {
    const pieces = new Pieces()
    pieces.insert(0, 6, text('abcdef'), 'both', place)
    pieces.insert(2, 4, text('cd'), 'both', place)
    assert.equal(pieces.list[0]!.other, null, 'nothing differs')
    pieces.insert(2, 5, text('CDE'), 'both', place)
    pieces.insert(0, 3, text('abc'), 'both', place)
    assert.deepEqual(pieces.list[0]!.other, text('abCDEf'), 'a copy of the first reading takes nothing back')
    assert.equal(pieces.cost, 12 + OVERHEAD)
    pieces.cut(5)
    pieces.trim(3)
    assert.deepEqual([pieces.list[0]!.bytes, pieces.list[0]!.other], [text('de'), text('DE')])
    assert.equal(pieces.cost, 4 + OVERHEAD)
    pieces.shift()
    assert.equal(pieces.cost, 0)
  })

  test('keeps copies', () => {
    const bytes = Uint8Array.of(1, 2, 3)
    const pieces = new Pieces()
    pieces.insert(0, 3, bytes, 'first', place)
    bytes.fill(9)
    assert.deepEqual(pieces.shift().bytes, Uint8Array.of(1, 2, 3))
  })
})
