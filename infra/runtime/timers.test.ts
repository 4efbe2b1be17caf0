import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mulberry32 } from '#test/driver/random.ts'
import { type Timed, Timers } from './timers.ts'

class Entry implements Timed {
  deadline = Number.POSITIVE_INFINITY
  scheduled = Number.POSITIVE_INFINITY
  readonly stage = 0
  readonly order: number
  constructor(order: number) {
    this.order = order
  }
}

test('entries that come and go long before their deadline leave nothing behind', () => {
  const timers = new Timers<Entry>()
  const lasting = new Entry(0)
  timers.set(lasting, 2e9)
  for (let i = 1; i <= 50_000; i++) {
    const entry = new Entry(i)
    timers.set(entry, 1e9 + i)
    timers.set(entry, 5e8 + i)
    timers.forget(entry)
  }
  assert.ok(timers.size < 5000, `${timers.size} nodes for one entry`)
  assert.deepEqual(timers.due(2e9), [lasting])
})

test('any mix of setting, moving, forgetting and firing fires what a plain list would', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = mulberry32(seed)
    const timers = new Timers<Entry>()
    const entries = Array.from({ length: 3000 }, (_, i) => new Entry(i))
    const wanted = new Map<Entry, number>()
    let now = 0
    for (let step = 0; step < 12_000; step++) {
      const entry = entries[Math.floor(random() * entries.length)]!
      if (random() < 0.4) {
        wanted.delete(entry)
        timers.forget(entry)
        continue
      }
      const at = now + 1 + Math.floor(random() * 1000)
      wanted.set(entry, at)
      timers.set(entry, at)
      if (random() > 0.02) continue
      now += Math.floor(random() * 300)
      const due = [...wanted].filter(([, time]) => time <= now).sort(([x, a], [y, b]) => a - b || x.order - y.order)
      assert.deepEqual(
        timers.due(now).map(({ order }) => order),
        due.map(([{ order }]) => order),
        `seed ${seed}, step ${step}`,
      )
      for (const [fired] of due) {
        wanted.delete(fired)
        fired.deadline = Number.POSITIVE_INFINITY // as the chain does
      }
    }
  }
})
