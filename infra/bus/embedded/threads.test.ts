import assert from 'node:assert/strict'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { type EmbeddedBus, openEmbedded } from '#infra/bus/embedded/index.ts'
import { scratch } from '#infra/bus/embedded/testdata/scratch.ts'
import { eventually, hold, raw, topicSpec, values } from '#test/suites/bus/harness.ts'

interface Member extends AsyncDisposable {
  readonly heard: string[]
}

async function start(bus: EmbeddedBus, index: number, of: number): Promise<Member> {
  const workerData = { log: bus.share(), member: { index, of } }
  const worker = new Worker(join(import.meta.dirname, 'testdata', 'worker.ts'), { workerData })
  const ended = once(worker, 'exit')
  const heard: string[] = []
  worker.on('message', (message: string) => heard.push(message))
  await eventually('the worker to join', () => heard.includes('joined') || undefined)
  const stop = async (): Promise<void> => {
    worker.postMessage('stop')
    await ended
  }
  return { heard, [Symbol.asyncDispose]: stop }
}

async function copied(bus: EmbeddedBus, count: number): Promise<(string | null)[]> {
  return eventually(`${count} copies`, async () => {
    const all = (await Promise.all([0, 1, 2].map(p => values(bus, 'out', p)))).flat()
    return all.length >= count ? all : undefined
  })
}

const TOPICS = [topicSpec('in', { partitions: 3 }), topicSpec('out', { partitions: 3 })]

test('two threads share the partitions, and a write of this thread wakes them', async () => {
  await using place = scratch()
  const bus = await place.open()
  await bus.ensure(TOPICS)
  await using even = await start(bus, 0, 2)
  await using odd = await start(bus, 1, 2)
  const given: string[] = []
  for (let round = 0; round < 20; round++) {
    const records = Array.from({ length: 9 }, (_, i) => raw('in', null, `${round}.${i}`, i % 3))
    given.push(...records.map((_, i) => `${round}.${i}`))
    await bus.append(records)
    // Their polls wait an hour: without being woken they would not see this round.
    await copied(bus, given.length)
  }
  assert.deepEqual((await copied(bus, given.length)).sort(), given.sort())
  assert.deepEqual(even.heard, ['joined'])
  assert.deepEqual(odd.heard, ['joined'])
})

test('a join in this thread takes the partitions of another thread away', async () => {
  await using place = scratch()
  const bus = await place.open()
  await bus.ensure(TOPICS)
  await using worker = await start(bus, 0, 1)
  await using held = await hold(bus, 'copiers', 'in', 3)
  await eventually('the worker to notice', () => (worker.heard.length === 4 ? true : undefined))
  assert.deepEqual([...worker.heard].sort(), ['ended 0', 'ended 1', 'ended 2', 'joined'])
  await bus.append([raw('in', null, 'for the new owner', 0)])
  assert.equal((await held.leases[0]!.poll(1000))?.records.length, 1)
  assert.deepEqual(await values(bus, 'out', 0), [])
})

test('threads that append at once keep every record', async () => {
  await using place = scratch()
  const bus = await place.open()
  await bus.ensure(TOPICS)
  await using worker = await start(bus, 0, 1)
  const other = await openEmbedded(bus.share())
  const append = async (log: EmbeddedBus, name: string): Promise<void> => {
    for (let i = 0; i < 50; i++)
      await log.append([raw('in', null, `${name}${i}`, 0), raw('in', null, `${name}${i}`, 1)])
  }
  await Promise.all([append(bus, 'a'), append(other, 'b')])
  assert.equal((await copied(bus, 200)).length, 200)
  assert.equal(new Set(await values(bus, 'in', 0)).size, 100)
  assert.deepEqual(worker.heard, ['joined'])
  await other[Symbol.asyncDispose]()
})

test('a share is worth nothing in another process', async () => {
  await using place = scratch()
  const bus = await place.open()
  const share = bus.share()
  await assert.rejects(
    openEmbedded({ ...share, shared: { ...share.shared, pid: process.pid + 1 } }),
    /belongs to process/,
  )
})
