import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mulberry32 } from '#test/driver/random.ts'
import { firstNames, roleOf, type ScheduleOptions, schedule } from './schedule.ts'

const OPTIONS: ScheduleOptions = {
  durationMs: 120_000,
  killEveryMs: 3000,
  changeEveryMs: 8000,
  brokerStops: 3,
  brokers: 3,
  captures: 1,
  processing: 4,
  sinks: 1,
}

test('only what runs is killed or removed, what was killed comes back, what was removed does not', () => {
  for (let seed = 0; seed < 100; seed++) {
    const running = new Set(firstNames(OPTIONS))
    const down = new Map<string, number>()
    const gone = new Set<string>()
    const actions = schedule(OPTIONS, mulberry32(seed))
    for (const action of actions) {
      const about = `seed ${seed}: ${JSON.stringify(action)}`
      assert.ok(action.atMs <= OPTIONS.durationMs, about)
      switch (action.do) {
        case 'kill':
          assert.ok(running.delete(action.name), about)
          down.set(action.name, action.atMs)
          break
        case 'start':
          assert.ok(action.atMs - down.get(action.name)! <= 2500, about)
          down.delete(action.name)
          running.add(action.name)
          break
        case 'add':
          assert.ok(!running.has(action.name) && !down.has(action.name) && !gone.has(action.name), about)
          running.add(action.name)
          break
        case 'remove':
          assert.ok(running.delete(action.name), about)
          gone.add(action.name)
          break
        case 'restart broker':
          break
        default:
          action satisfies never
      }
      const processing = [...running, ...down.keys()].filter(name => roleOf(name) === 'process').length
      assert.ok(processing >= 2 && processing <= 8, about)
    }
    assert.equal(down.size, 0, `seed ${seed}`)
    const done = new Set(actions.map(action => action.do))
    assert.deepEqual([...done].sort(), ['add', 'kill', 'remove', 'restart broker', 'start'], `seed ${seed}`)
    assert.deepEqual(schedule(OPTIONS, mulberry32(seed)), actions, `seed ${seed}`)
  }
})
