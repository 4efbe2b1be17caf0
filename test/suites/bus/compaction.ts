import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refused } from '#schemas/contracts/errors.ts'
import { bench, bytes, collect, hold, type OpenedBus, poll, raw, table, text, unit } from '#test/suites/bus/harness.ts'

export function compactionLaws(open: () => Promise<OpenedBus>): void {
  test('law 7: a compacted topic yields the newest value per key', async () => {
    const { bus, topic, close } = bench(await open())
    const name = await topic({ cleanup: 'compact' })
    await bus.append([raw(name, 'a', '1'), raw(name, 'b', '1'), raw(name, 'a', '2')])
    await bus.append([raw(name, 'c', '1'), raw(name, 'b', '2')])
    assert.deepEqual(Object.fromEntries(await table(bus, name)), { a: '2', b: '2', c: '1' })
    await close()
  })

  test('a tombstone removes its key, and the key may come back', async () => {
    const { bus, topic, close } = bench(await open())
    const name = await topic({ cleanup: 'compact' })
    await bus.append([raw(name, 'a', '1'), raw(name, 'b', '1')])
    await bus.append([raw(name, 'a', null), raw(name, 'never-there', null)])
    assert.deepEqual(Object.fromEntries(await table(bus, name)), { b: '1' })
    await bus.append([raw(name, 'a', '3')])
    assert.deepEqual(Object.fromEntries(await table(bus, name)), { b: '1', a: '3' })
    await close()
  })

  test('offsets of a compacted topic rise with every record, also with tombstones', async () => {
    const { bus, topic, close } = bench(await open())
    const name = await topic({ cleanup: 'compact' })
    let last = (await bus.bounds(name, 0)).next
    for (const value of ['1', null, '2', null]) {
      await bus.append([raw(name, 'a', value)])
      const { next } = await bus.bounds(name, 0)
      assert.ok(next > last, `${next} after ${last}`)
      last = next
    }
    await close()
  })

  test('partitions of a compacted topic are tables of their own', async () => {
    const { bus, topic, close } = bench(await open())
    const name = await topic({ cleanup: 'compact', partitions: 2 })
    await bus.append([raw(name, 'a', 'zero', 0), raw(name, 'a', 'one', 1)])
    await bus.append([raw(name, 'a', null, 0)])
    assert.deepEqual([...(await table(bus, name, 0))], [])
    assert.deepEqual([...(await table(bus, name, 1))], [['a', 'one']])
    await close()
  })

  test('keys of any bytes and of 5,000 bytes, empty values included', async () => {
    const { bus, topic, close } = bench(await open())
    const name = await topic({ cleanup: 'compact' })
    const keys = ['', '\0', '\0\0', 'x'.repeat(5000), `${'x'.repeat(4999)}y`, 'ÿ']
    for (const round of ['1', '']) await bus.append(keys.map(key => raw(name, key, round)))
    assert.deepEqual(Object.fromEntries(await table(bus, name)), Object.fromEntries(keys.map(key => [key, ''])))
    const binary = Uint8Array.of(0xff, 0xfe, 0)
    await bus.append([{ topic: name, key: binary, value: bytes('binary'), time: 1 }])
    const newest = (await collect(bus, name)).at(-1)!
    assert.deepEqual([Buffer.from(newest.key!), text(newest.value)], [Buffer.from(binary), 'binary'])
    await close()
  })

  test('a record without a key is refused, and its transaction with it', async () => {
    const { bus, topic, close } = bench(await open())
    const name = await topic({ cleanup: 'compact' })
    await assert.rejects(bus.append([raw(name, 'a', '1'), raw(name, null, '2')]), Refused)
    assert.deepEqual([...(await table(bus, name))], [])
    await close()
  })

  test('a reader that goes on from its last batch sees each later change', async () => {
    const { bus, topic, group, close } = bench(await open())
    const name = await topic({ cleanup: 'compact' })
    await bus.append([raw(name, 'a', '1'), raw(name, 'b', '1')])
    await using held = await hold(bus, group(), name, 1)
    const lease = held.leases[0]!
    let seen = 0
    while (seen < 2) seen += (await poll(lease)).records.length
    await bus.append([raw(name, 'a', '2')])
    const batch = await poll(lease)
    assert.deepEqual(
      batch.records.map(r => [text(r.key), text(r.value)]),
      [['a', '2']],
    )
    await lease.commit(unit(batch.next))
    await held[Symbol.asyncDispose]()
    await close()
  })
}
