/** What a reader makes of any log and any cut of it, against an obvious slow twin. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mulberry32 } from '#test/driver/random.ts'
import { dataBatch, emptied, marker } from '#test/kafka/batches.ts'
import { decodeBatches, type RecordBatch, type StoredRecord } from './batches.ts'
import { decompress } from './compression.ts'
import type { Fetched } from './fetch.ts'
import { partHeader } from './parts.ts'
import { PartitionReader } from './reader.ts'
import { messagesOf } from './record.ts'

const NONE = { aborted: [], bytes: 0, skipped: false }
const LIMIT = 60

/** A partition as a broker has it. */
interface Stored {
  readonly batches: readonly RecordBatch[]
  /** All of it, with its size. */
  readonly bytes: readonly number[]
  readonly aborted: readonly { readonly producerId: number; readonly firstOffset: number; readonly last: number }[]
  readonly end: number
}

/** Producers take turns; each transaction is some batches, of small values and of parts, and a marker. */
async function randomPartition(random: () => number): Promise<Stored> {
  const below = (n: number): number => Math.floor(random() * n)
  const batches: Buffer[] = []
  const aborted: { producerId: number; firstOffset: number; last: number }[] = []
  let end = 0
  let serial = 0
  const append = (bytes: Buffer): void => {
    bytes.writeBigInt64BE(BigInt(end), 0)
    end += bytes.readInt32BE(23) + 1
    batches.push(bytes)
  }
  const producers = Array.from({ length: 1 + below(4) }, (_, id) => ({ id, first: -1, left: [] as Buffer[] }))
  for (let step = 0; step < 60 || producers.some(p => p.first >= 0); step++) {
    const producer = producers[below(producers.length)]!
    if (producer.first < 0) {
      if (step >= 60) continue
      producer.first = end
      const values = Array.from({ length: 1 + below(3) }, () => {
        const size = below(3) === 0 ? LIMIT + below(400) : below(LIMIT)
        return Buffer.from(`${producer.id}.${serial++} ${'x'.repeat(size)}`)
      })
      const messages = values.flatMap(value => messagesOf({ topic: 't', key: null, value, time: 5 }, LIMIT, false))
      while (messages.length > 0) {
        producer.left.push(await dataBatch(0, producer.id, messages.splice(0, 1 + below(4))))
      }
    }
    const batch = producer.left.shift()
    if (batch !== undefined && random() < 0.9) append(batch)
    else {
      // Some die on the way: their transaction is aborted, whatever of it is there.
      const kind = batch === undefined && random() < 0.8 ? 'commit' : 'abort'
      if (kind === 'abort' && end > producer.first)
        aborted.push({ producerId: producer.id, firstOffset: producer.first, last: end })
      append(marker(0, producer.id, kind))
      producer.first = -1
      producer.left = []
    }
    if (below(12) === 0) append(emptied(0, producer.id, below(3)))
  }
  return {
    batches: await decodeBatches(Buffer.concat(batches), decompress),
    bytes: batches.map(b => b.length),
    aborted,
    end,
  }
}

/** From what offset on, which values: looks ahead for every record's marker, and collects every value by itself. */
function plainly({ batches }: Stored, from: number): [number, string][] {
  const values: [number, string][] = []
  const parts = new Map<string, StoredRecord[]>()
  for (const [i, { producerId, control, records }] of batches.entries()) {
    if (control !== null || records.length === 0) continue
    const end = batches.findIndex((b, j) => j > i && b.producerId === producerId && b.control !== null)
    if (batches[end]!.control === 'abort') continue
    for (const record of records) {
      if (record.offset < from) continue
      const value = Buffer.from(record.value!).toString()
      const header = record.headers.get('part')
      if (header === undefined) values.push([record.offset, value])
      else {
        const name = `${producerId} ${end}`
        const count = Buffer.from(header).readUInt32LE(4)
        const number = Buffer.from(header).readUInt32LE(0)
        if (number === 0) parts.set(name, [])
        parts.get(name)?.push(record)
        const whole = parts.get(name)
        if (number < count - 1 || whole === undefined) continue
        values.push([whole[0]!.offset, Buffer.concat(whole.map(r => r.value!)).toString()])
        parts.delete(name)
      }
    }
  }
  return values.sort(([a], [b]) => a - b)
}

/** As a broker answers: whole batches from the one that has `from`, at least one, of about `maxBytes`. */
function answer({ batches, bytes, aborted }: Stored, from: number, maxBytes: number): Fetched {
  const start = batches.findIndex(batch => batch.lastOffset >= from)
  if (start < 0) return { ...NONE, batches: [], next: from }
  let size = bytes[start]!
  let to = start + 1
  for (; to < batches.length && size + bytes[to]! <= maxBytes; to++) size += bytes[to]!
  const there = batches.slice(start, to)
  const next = there.at(-1)!.lastOffset + 1
  return { ...NONE, batches: there, next, aborted: aborted.filter(a => a.last >= from && a.firstOffset < next) }
}

test('any interleaving, aborted or not, read from anywhere, cut anywhere: as the plain reading has it', async () => {
  for (let seed = 0; seed < 120; seed++) {
    const random = mulberry32(seed)
    const stored = await randomPartition(random)
    for (const from of [0, Math.floor(random() * stored.end), Math.floor(random() * stored.end)]) {
      const where = `seed ${seed}, from ${from}`
      let reader = newReader(stored, from)
      let at = from
      const found: [number, string][] = []
      while (at < stored.end) {
        const { records, next } = await reader.fetch(1 + random() * 1500, 0)
        assert.ok(
          next >= at && records.every(({ offset }) => offset >= at && offset < next),
          `${where}: order at ${at}`,
        )
        found.push(...records.map(({ offset, value }): [number, string] => [offset, Buffer.from(value!).toString()]))
        at = next
        // A position is all that a restart knows.
        if (random() < 0.05) reader = newReader(stored, at)
      }
      assert.deepEqual(found, plainly(stored, from), where)
    }
  }
})

function newReader(stored: Stored, from: number): PartitionReader {
  return new PartitionReader(async (at, maxBytes) => answer(stored, at, maxBytes), null, from)
}

test('a fetch that fails may be repeated: nothing is lost or doubled', async () => {
  const stored = await randomPartition(mulberry32(7))
  let fails = true
  const reader = new PartitionReader(
    async (at, maxBytes) => {
      fails = !fails
      if (!fails) throw new Error('no answer')
      return answer(stored, at, maxBytes)
    },
    null,
    0,
  )
  const found: number[] = []
  while (reader.position < stored.end) {
    const joined = await reader.fetch(300, 0).catch(() => null)
    found.push(...(joined?.records.map(({ offset }) => offset) ?? []))
  }
  assert.deepEqual(
    found,
    plainly(stored, 0).map(([offset]) => offset),
  )
})

/** Readers of hand-written batches, all in one fetch unless cut. */
async function read(...fetches: (Buffer[] | 'skip')[]): Promise<{ values: string[]; next: number }> {
  let next = 0
  const answers = await Promise.all(
    fetches.map(async (bytes): Promise<Fetched> => {
      if (bytes === 'skip') return { ...NONE, batches: [], next: 100, skipped: true }
      const batches = await decodeBatches(Buffer.concat(bytes), decompress)
      return { ...NONE, batches, next: batches.at(-1)!.lastOffset + 1 }
    }),
  )
  const reader = new PartitionReader(async () => answers.shift()!, null, 0)
  const values: string[] = []
  for (let i = 0; i < fetches.length; i++) {
    const joined = await reader.fetch(1, 0)
    values.push(...joined.records.map(({ value }) => Buffer.from(value!).toString()))
    next = joined.next
  }
  return { values, next }
}

function piece(number: number, count: number, value: string, bytes = count) {
  return {
    key: null,
    value: Buffer.from(value),
    headers: [[Buffer.from('part'), partHeader(number, count, bytes)]] as const,
  }
}

function plain(value: string) {
  return { key: null, value: Buffer.from(value), headers: [] }
}

test('parts of two producers between each other', async () => {
  const bytes = [
    await dataBatch(0, 1, [piece(0, 2, 'a')]),
    await dataBatch(1, 9, [plain('between')]),
    await dataBatch(2, 2, [piece(0, 2, 'x')]),
    await dataBatch(3, 1, [piece(1, 2, 'b'), plain('after')]),
  ]
  assert.deepEqual(await read(bytes), { values: ['ab', 'between'], next: 2 })
  assert.deepEqual(await read(bytes, [await dataBatch(5, 2, [piece(1, 2, 'y')])]), {
    values: ['ab', 'between', 'xy', 'after'],
    next: 6,
  })
})

test('a value that will never be whole is passed over, and holds nothing back', async () => {
  const begun = await dataBatch(0, 1, [piece(0, 3, 'a')])
  const later = await dataBatch(9, 1, [plain('later')])
  const cases: [string, Parameters<typeof read>][] = [
    ['its transaction ended', [[begun, marker(1, 1, 'commit'), await dataBatch(9, 2, [plain('later')])]]],
    ['its producer went on to something else', [[begun, later]]],
    ['a part is missing', [[begun, await dataBatch(1, 1, [piece(2, 3, 'c')]), later]]],
    ['another count', [[begun, await dataBatch(1, 1, [piece(1, 2, 'b')]), later]]],
    ['more bytes than said', [[begun, await dataBatch(1, 1, [piece(1, 3, 'bbb')]), later]]],
    ['retention took the rest', [[begun], 'skip', [await dataBatch(100, 2, [plain('later')])]]],
    ['the reader began behind its first part', [[await dataBatch(0, 1, [piece(1, 2, 'b')]), later]]],
  ]
  for (const [name, fetches] of cases) assert.deepEqual((await read(...fetches)).values, ['later'], name)
})

test('parts count only inside a transaction: another producer may have a header of that name', async () => {
  const foreign = await dataBatch(0, -1, [piece(0, 2, 'whole')], { attributes: 0 })
  assert.deepEqual((await read([foreign])).values, ['whole'])
})

test('a part header of another length is refused', async () => {
  const odd = { ...plain('a'), headers: [[Buffer.from('part'), Buffer.alloc(5)]] as const }
  await assert.rejects(read([await dataBatch(0, 1, [odd])]), { reason: 'kafka.bad-part' })
})
