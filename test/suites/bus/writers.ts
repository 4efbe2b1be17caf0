import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fenced } from '#schemas/contracts/errors.ts'
import { bench, type OpenedBus, raw, values } from '#test/suites/bus/harness.ts'

export function writerLaws(open: () => Promise<OpenedBus>): void {
  test('law 8: the newest writer of a name takes the place of the others', async () => {
    const { bus, topic, group, close } = bench(await open())
    const name = await topic()
    const source = group()
    const old = await bus.writer(source)
    await old.append([raw(name, null, 'a')])
    const fresh = await bus.writer(source)
    await assert.rejects(old.append([raw(name, null, 'from the old one')]), Fenced)
    await fresh.append([raw(name, null, 'b')])
    await using other = await bus.writer(group())
    await other.append([raw(name, null, 'c')])
    assert.deepEqual(await values(bus, name), ['a', 'b', 'c'])
    await fresh[Symbol.asyncDispose]()
    await assert.rejects(fresh.append([raw(name, null, 'closed')]), Fenced)
    await old[Symbol.asyncDispose]()
    await other[Symbol.asyncDispose]()
    await close()
  })

  test('a writer appends in the order of its calls, all of a call or nothing', async () => {
    const { bus, topic, group, close } = bench(await open())
    const [one, two] = [await topic(), await topic()]
    const writer = await bus.writer(group())
    await Promise.all(['a', 'b', 'c'].map(value => writer.append([raw(one, null, value), raw(two, null, value)])))
    await assert.rejects(writer.append([raw(one, null, 'd'), raw('never-ensured', null, 'd')]))
    await writer.append([raw(two, null, 'e')])
    assert.deepEqual(await values(bus, one), ['a', 'b', 'c'])
    assert.deepEqual(await values(bus, two), ['a', 'b', 'c', 'e'])
    await writer[Symbol.asyncDispose]()
    await close()
  })

  test('a bad name of a writer is refused', async () => {
    const { bus, close } = bench(await open())
    await assert.rejects(bus.writer('a b'))
    await close()
  })
}
