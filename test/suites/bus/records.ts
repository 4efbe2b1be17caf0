import assert from 'node:assert/strict'
import { test } from 'node:test'
import { partitionOf } from '#schemas/records/partition.ts'
import { bench, bytes, collect, type OpenedBus, raw, text, values } from '#test/suites/bus/harness.ts'

const MEGABYTE = 1 << 20

export function recordLaws(open: () => Promise<OpenedBus>): void {
  test('records come back in order, with key, value and time', async () => {
    const { bus, topic, close } = bench(await open())
    const name = await topic()
    const given = Array.from({ length: 50 }, (_, i) => ({ ...raw(name, `k${i}`, `v${i}`), time: 1_000_000 + i * 1000 }))
    await bus.append(given.slice(0, 20))
    await bus.append(given.slice(20))
    const found = await collect(bus, name)
    assert.deepEqual(
      found.map(r => [text(r.key), text(r.value), r.time]),
      given.map(r => [text(r.key), text(r.value), r.time]),
    )
    await close()
  })

  test('law 1: offsets rise, by one within a transaction', async () => {
    const { bus, topic, close } = bench(await open())
    const name = await topic()
    for (let round = 0; round < 3; round++) {
      const before = await bus.bounds(name, 0)
      await bus.append([raw(name, null, 'a'), raw(name, null, 'b'), raw(name, null, 'c')])
      const offsets = (await collect(bus, name, 0, before.next)).map(r => r.offset)
      assert.ok(offsets[0]! >= before.next)
      assert.deepEqual(offsets, [offsets[0], offsets[0]! + 1, offsets[0]! + 2])
      assert.ok((await bus.bounds(name, 0)).next > offsets[2]!)
    }
    await close()
  })

  test('law 2: append is all or nothing over topics and partitions', async () => {
    const { bus, topic, close } = bench(await open())
    const [one, two] = [await topic({ partitions: 2 }), await topic()]
    await bus.append([raw(one, null, 'a', 0), raw(two, null, 'b'), raw(one, null, 'c', 1)])
    await assert.rejects(bus.append([raw(one, null, 'x', 0), raw(two, null, 'y', 5)]))
    await assert.rejects(bus.append([raw(one, null, 'x', 0), raw('never-ensured', null, 'y')]))
    assert.deepEqual(await values(bus, one, 0), ['a'])
    assert.deepEqual(await values(bus, one, 1), ['c'])
    assert.deepEqual(await values(bus, two), ['b'])
    await bus.append([])
    await close()
  })

  test('the key chooses the partition unless one is given', async () => {
    const { bus, topic, close } = bench(await open())
    const name = await topic({ partitions: 5 })
    const keys = Array.from({ length: 40 }, (_, i) => `10.0.0.${i}`)
    await bus.append(keys.map(key => raw(name, key, key)))
    await bus.append([raw(name, keys[0]!, 'placed', 3)])
    const expected: (string | null)[][] = [[], [], [], [], []]
    for (const key of keys) expected[partitionOf(bytes(key), 5)]!.push(key)
    expected[3]!.push('placed')
    for (let p = 0; p < 5; p++) assert.deepEqual(await values(bus, name, p), expected[p], `partition ${p}`)
    await close()
  })

  test('empty and null keys and values stay what they are', async () => {
    const { bus, topic, close } = bench(await open())
    const name = await topic()
    await bus.append([raw(name, null, ''), raw(name, '', 'v'), raw(name, 'k', null), raw(name, null, null)])
    assert.deepEqual(
      (await collect(bus, name)).map(r => [text(r.key), text(r.value)]),
      [
        [null, ''],
        ['', 'v'],
        ['k', null],
        [null, null],
      ],
    )
    await close()
  })

  test('a record of 8 MB between small ones', async () => {
    const { bus, topic, close } = bench(await open())
    const name = await topic()
    const big = new Uint8Array(8 * MEGABYTE)
    for (let i = 0; i < big.length; i += 4096) big[i] = (i >> 12) & 0xff
    await bus.append([
      raw(name, null, 'before'),
      { topic: name, key: null, value: big, time: 1 },
      raw(name, null, 'after'),
    ])
    const found = await collect(bus, name)
    assert.equal(found.length, 3)
    assert.ok(Buffer.from(big).equals(found[1]!.value!))
    assert.deepEqual([text(found[0]!.value), text(found[2]!.value)], ['before', 'after'])
    await close()
  })

  test('the caller may reuse its memory after append', async () => {
    const { bus, topic, close } = bench(await open())
    const name = await topic()
    const memory = new TextEncoder().encode('first')
    await bus.append([{ topic: name, key: memory, value: memory, time: 1 }])
    memory.fill(0)
    assert.deepEqual(
      (await collect(bus, name)).map(r => [text(r.key), text(r.value)]),
      [['first', 'first']],
    )
    await close()
  })

  test('read covers exactly the range asked for', async () => {
    const { bus, topic, close } = bench(await open())
    const name = await topic()
    await bus.append(Array.from({ length: 10 }, (_, i) => raw(name, null, `v${i}`)))
    const at = (await collect(bus, name)).map(r => r.offset)
    assert.deepEqual(await values(bus, name, 0, at[3]!, at[6]!), ['v3', 'v4', 'v5'])
    assert.deepEqual(await values(bus, name, 0, at[8]!), ['v8', 'v9'])
    assert.deepEqual(await values(bus, name, 0, at[4]!, at[4]!), [])
    assert.deepEqual(await values(bus, name, 0, at[9]! + 1), [])
    assert.deepEqual(await values(bus, name, 0, at[7]!, at[9]! + 1000), ['v7', 'v8', 'v9'])
    await close()
  })

  test('read ends at what was there when it was called', async () => {
    const { bus, topic, close } = bench(await open())
    const name = await topic()
    await bus.append([raw(name, null, 'old')])
    const { next } = await bus.bounds(name, 0)
    const reading = bus.read(name, 0, 0, next)
    await bus.append([raw(name, null, 'new')])
    const found: (string | null)[] = []
    for await (const batch of reading) found.push(...batch.records.map(r => text(r.value)))
    assert.deepEqual(found, ['old'])
    await close()
  })

  test('a batch tells its bytes and where to go on', async () => {
    const { bus, topic, close } = bench(await open())
    const name = await topic()
    await bus.append([raw(name, 'ab', 'cde'), raw(name, null, 'f')])
    let bytesSeen = 0
    let at = 0
    for await (const batch of bus.read(name, 0, 0)) {
      assert.equal(batch.topic, name)
      assert.equal(batch.partition, 0)
      assert.ok(batch.next > batch.records.at(-1)!.offset)
      bytesSeen += batch.bytes
      at = batch.next
    }
    assert.equal(bytesSeen, 6)
    assert.deepEqual(await values(bus, name, 0, at), [])
    await close()
  })

  test('concurrent appends keep each caller in order, and readers see prefixes', async () => {
    const { bus, topic, close } = bench(await open())
    const name = await topic()
    const writer = async (id: number): Promise<void> => {
      for (let i = 0; i < 20; i++) await bus.append([raw(name, null, `${id}:${i}:a`), raw(name, null, `${id}:${i}:b`)])
    }
    let done = false
    const seen: (string | null)[][] = []
    const reader = async (): Promise<void> => {
      while (!done) seen.push(await values(bus, name))
    }
    const reading = reader()
    await Promise.all([writer(0), writer(1), writer(2)])
    done = true
    await reading
    const all = await values(bus, name)
    assert.equal(all.length, 120)
    for (const prefix of seen) {
      assert.deepEqual(prefix, all.slice(0, prefix.length))
      assert.equal(prefix.length % 2, 0, 'half of a transaction was visible')
    }
    for (let id = 0; id < 3; id++) {
      const own = all.filter(v => v!.startsWith(`${id}:`))
      assert.deepEqual(own, Array.from({ length: 20 }, (_, i) => [`${id}:${i}:a`, `${id}:${i}:b`]).flat())
    }
    await close()
  })

  test('law 5: what was accepted is there after closing and opening', async t => {
    const { bus, topic, reopen, close } = bench(await open())
    if (reopen === undefined) {
      t.skip('this log does not outlive its process')
      await close()
      return
    }
    const name = await topic({ partitions: 2 })
    await bus.append([raw(name, null, 'a', 0), raw(name, null, 'b', 1)])
    const again = await reopen()
    assert.equal(again.partitions(name), 2)
    assert.deepEqual(await values(again, name, 0), ['a'])
    await again.append([raw(name, null, 'c', 1)])
    assert.deepEqual(await values(again, name, 1), ['b', 'c'])
    await close()
  })
}
