import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Cell, Ctx, Processor } from '#schemas/contracts/processor.ts'
import { drive, driveChain } from '#test/driver/stage.ts'

interface Visit {
  readonly who: string
  readonly at: number
}

/** Says a visitor's name again `after` µs after its last visit. */
class Echo implements Processor<Visit, { visits: number }> {
  readonly #after: number
  constructor(after: number) {
    this.#after = after
  }
  process(visit: Visit, ctx: Ctx<{ visits: number }>): void {
    const cell = ctx.state.get(visit.who) ?? ctx.state.open(visit.who, { visits: 0 })
    cell.value.visits++
    ctx.state.wake(cell, ctx.now + this.#after)
  }
  expire(cell: Cell<{ visits: number }>, ctx: Ctx<{ visits: number }>): void {
    ctx.emit('echo', String(cell.key), `${cell.key}:${cell.value.visits}@${ctx.now}`, ctx.now)
    ctx.state.drop(cell)
  }
}

test('a timer that moves later fires once, at its last deadline', () => {
  const stage = drive(() => new Echo(10), { outputs: ['echo'] })
  for (const at of [1, 5, 9]) stage.feed({ who: 'a', at }, at)
  stage.advance(18)
  assert.deepEqual(stage.take('echo'), [])
  stage.advance(19)
  assert.deepEqual(stage.take('echo'), ['a:3@19'])
  assert.equal(stage.size(), 0)
})

test('timers due at once fire in order of deadline, then of creation, whatever the heap looks like', () => {
  const stage = drive(() => new Echo(10), { outputs: ['echo'] })
  for (const [who, at] of [
    ['a', 1],
    ['b', 1],
    ['c', 2],
    ['a', 3],
  ] as const)
    stage.feed({ who, at }, at)
  stage.advance(100)
  assert.deepEqual(stage.take('echo'), ['b:1@100', 'c:1@100', 'a:2@100'])
})

test('stream time never goes back', () => {
  const stage = drive(() => new Echo(10), { outputs: ['echo'] })
  stage.feed({ who: 'a', at: 100 }, 100)
  stage.feed({ who: 'b', at: 50 }, 50)
  assert.equal(stage.now, 100)
  stage.advance(110)
  assert.deepEqual(stage.take('echo'), ['a:1@110', 'b:1@110'])
})

test('a restart keeps values, timers, order and time', () => {
  const stage = drive(() => new Echo(10), { outputs: ['echo'] })
  stage.feed({ who: 'a', at: 1 }, 1)
  stage.feed({ who: 'b', at: 2 }, 2)
  stage.restart()
  assert.equal(stage.now, 2)
  stage.feed({ who: 'a', at: 3 }, 3)
  stage.advance(50)
  assert.deepEqual(stage.take('echo'), ['b:1@50', 'a:2@50'])
})

test('a restart loses what a processor keeps in its fields, and needs a way to make a new one', () => {
  class Forgetful implements Processor<string> {
    #seen = 0
    process(_: string, ctx: Ctx): void {
      ctx.emit('out', '', ++this.#seen, ctx.now)
    }
  }
  const stage = drive(() => new Forgetful(), { outputs: ['out'] })
  stage.feed('a', 1)
  stage.restart()
  stage.feed('b', 2)
  assert.deepEqual(stage.take('out'), [1, 1])
  assert.throws(() => drive(new Forgetful(), { outputs: ['out'] }).restart(), /needs new processors/)
})

test('fused stages are called depth first, and an unknown topic is a bug', () => {
  const seen: string[] = []
  const stage = driveChain(() => [
    {
      name: 'one',
      input: 'in',
      outputs: ['mid'],
      processor: {
        process: (v, ctx) => {
          seen.push(`one ${v}`)
          ctx.emit('mid', '', `${v}!`, 0)
          seen.push(`one done ${v}`)
        },
      },
    },
    {
      name: 'two',
      input: 'mid',
      outputs: ['out'],
      processor: {
        process: (v, ctx) => {
          seen.push(`two ${v}`)
          ctx.emit(v === 'bad!' ? 'nowhere' : 'out', '', v, 0)
        },
      },
    },
  ])
  stage.feed('x', 1)
  assert.deepEqual(seen, ['one x', 'two x!', 'one done x'])
  assert.deepEqual(stage.take('out'), ['x!'])
  assert.throws(() => stage.feed('bad', 2), /stage two emits to nowhere/)
})

test('every stage that reads the input gets each value, and all of its outputs come before the next one’s', () => {
  const relay = (name: string): Processor<string> => ({
    process: (value, ctx) => ctx.emit('mid', '', `${name} ${value}`, 0),
  })
  const last: Processor<string> = { process: (value, ctx) => ctx.emit('out', '', value, 0) }
  const stage = driveChain(() => [
    { name: 'a', input: 'in', outputs: ['mid'], processor: relay('a') as Processor<unknown, unknown> },
    { name: 'b', input: 'in', outputs: ['mid'], processor: relay('b') as Processor<unknown, unknown> },
    { name: 'c', input: 'mid', outputs: ['out'], processor: last as Processor<unknown, unknown> },
  ])
  stage.feed('x', 1)
  stage.feed('y', 2)
  assert.deepEqual(stage.take('out'), ['a x', 'b x', 'a y', 'b y'])
})
