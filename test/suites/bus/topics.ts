import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Usage } from '#schemas/contracts/errors.ts'
import { bench, type OpenedBus, raw, topicSpec, values } from '#test/suites/bus/harness.ts'

export function topicLaws(open: () => Promise<OpenedBus>): void {
  test('ensure is idempotent and tells the partition count', async () => {
    const { bus, topic, close } = bench(await open())
    const name = await topic({ partitions: 3 })
    await bus.ensure([topicSpec(name, { partitions: 3 })])
    assert.equal(bus.partitions(name), 3)
    await close()
  })

  test('ensure adds partitions and keeps what is there', async () => {
    const { bus, topic, close } = bench(await open())
    const name = await topic({ partitions: 1 })
    await bus.append([raw(name, 'k', 'before')])
    await bus.ensure([topicSpec(name, { partitions: 4 })])
    assert.equal(bus.partitions(name), 4)
    await bus.append([raw(name, null, 'new', 3)])
    assert.deepEqual(await values(bus, name, 0), ['before'])
    assert.deepEqual(await values(bus, name, 3), ['new'])
    await close()
  })

  test('ensure refuses to take partitions away, and changes nothing then', async () => {
    const { bus, topic, close } = bench(await open())
    const name = await topic({ partitions: 2 })
    const other = `${name}-other`
    await assert.rejects(bus.ensure([topicSpec(other), topicSpec(name, { partitions: 1 })]), Usage)
    assert.equal(bus.partitions(name), 2)
    assert.throws(() => bus.partitions(other))
    await close()
  })

  test('a topic that nobody ensured is an error, not a new topic', async () => {
    const { bus, close } = bench(await open())
    assert.throws(() => bus.partitions('never-ensured'), /never-ensured/)
    await assert.rejects(bus.append([raw('never-ensured', 'k', 'v')]), /never-ensured/)
    await close()
  })

  test('a name that could not be a Kafka topic is refused', async () => {
    const { bus, close } = bench(await open())
    for (const name of ['', 'a/b', 'a b', 'ü', 'x'.repeat(201)])
      await assert.rejects(bus.ensure([topicSpec(name)]), Usage)
    await close()
  })

  test('an empty topic reads as nothing', async () => {
    const { bus, topic, close } = bench(await open())
    const name = await topic()
    assert.deepEqual(await values(bus, name), [])
    const { first, next } = await bus.bounds(name, 0)
    assert.equal(first, next)
    await close()
  })
}
