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
  sessionTimeoutMs: 6000,
  captures: 1,
  processing: 4,
  sinks: 1,
}

test('only what runs is struck, what was killed or frozen comes back, what was removed does not', () => {
  for (let seed = 0; seed < 100; seed++) {
    const running = new Set(firstNames(OPTIONS))
    const down = new Map<string, number>()
    const frozen = new Map<string, number>()
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
        case 'freeze':
          assert.ok(running.delete(action.name), about)
          frozen.set(action.name, action.atMs)
          break
        case 'thaw':
          assert.ok(action.atMs - frozen.get(action.name)! > OPTIONS.sessionTimeoutMs, about)
          frozen.delete(action.name)
          running.add(action.name)
          break
        case 'add':
          assert.ok(![running, down, frozen, gone].some(names => names.has(action.name)), about)
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
      const processing = [...running, ...down.keys(), ...frozen.keys()].filter(
        name => roleOf(name) === 'process',
      ).length
      assert.ok(processing >= 2 && processing <= 8, about)
    }
    assert.equal(down.size + frozen.size, 0, `seed ${seed}`)
    const done = new Set(actions.map(action => action.do))
    assert.equal(done.size, 7, `seed ${seed}: ${[...done]}`)
    assert.deepEqual(schedule(OPTIONS, mulberry32(seed)), actions, `seed ${seed}`)
  }
})
