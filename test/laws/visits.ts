/**
 * A small world whose outputs show every mistake of recovery: visitors come and go, a session ends after a while without
 * visits, names are used again, capture times run out of order, and outputs say counts, order and stream time.
 */
import { decode, encode } from '@msgpack/msgpack'
import { Chain } from '#infra/runtime/chain.ts'
import { stateTopic, TOPICS, type TopicSpec } from '#schemas/avro/topics.ts'
import type { Raw } from '#schemas/contracts/bus.ts'
import type { Cell, Ctx, Processor } from '#schemas/contracts/processor.ts'
import { mulberry32 } from '#test/driver/random.ts'
import type { World } from './restart.ts'

interface Visit {
  readonly who: string
  readonly time: number
  readonly poison?: boolean
}

interface Session {
  visits: number
  since: number
  bomb: boolean
}

const IDLE = 45

class Visits implements Processor<Visit, Session> {
  process(visit: Visit, ctx: Ctx<Session>): void {
    let cell = ctx.state.get(visit.who)
    if (cell === undefined)
      cell = ctx.state.open(visit.who, { visits: 0, since: ctx.now, bomb: visit.who.startsWith('bomb') })
    cell.value.visits++
    ctx.state.wake(cell, ctx.now + IDLE)
    ctx.ledger.add('inspected', visit.who.length)
    if (visit.poison === true) throw new Error(`poisonous visit of ${visit.who}`)
    ctx.emit('greetings', visit.who, { who: visit.who, visits: cell.value.visits, now: ctx.now }, visit.time)
  }

  expire(cell: Cell<Session>, ctx: Ctx<Session>): void {
    if (cell.value.bomb) throw new Error(`poisonous timer of ${cell.key}`)
    ctx.emit(
      'visits',
      String(cell.key),
      { who: cell.key, ...cell.value, until: ctx.now, others: ctx.state.size },
      ctx.now,
    )
    ctx.state.drop(cell)
  }
}

/** Second, fused stage: numbers the greetings it sees, in one single entry that is always dirty. */
class Counter
  implements Processor<{ readonly who: string; readonly visits: number; readonly now: number }, { n: number }>
{
  process(
    greeting: { readonly who: string; readonly visits: number; readonly now: number },
    ctx: Ctx<{ n: number }>,
  ): void {
    const cell = ctx.state.get(0) ?? ctx.state.open(0, { n: 0 })
    cell.value.n++
    ctx.state.touch(cell)
    ctx.emit('numbered', greeting.who, { n: cell.value.n, ...greeting }, greeting.now)
  }
}

const plain = (name: string): TopicSpec => ({
  name,
  key: 'none',
  schema: 'test',
  cleanup: 'delete',
  retention: null,
  partitions: 1,
})

export interface VisitsOptions {
  /** Add visits and timers that throw. */
  readonly poison?: boolean
  /** Leave those visits out instead: what must come out when they are skipped. */
  readonly without?: 'poison'
}

export function visitsWorld(seed: number, options: VisitsOptions = {}): World {
  const random = mulberry32(seed * 7919)
  const inputs: Raw[] = []
  let time = 1000
  for (let i = 0; i < 400; i++) {
    const visits: Visit[] = []
    for (let n = Math.floor(random() * 6); n >= 0; n--) {
      time += Math.floor(random() * 12)
      const visit = { who: `v${Math.floor(random() ** 2 * 16)}`, time: time - Math.floor(random() ** 2 * 150) }
      const fate = random()
      if ((options.poison === true || options.without === 'poison') && fate < 0.01) {
        if (options.poison === true) visits.push({ ...visit, poison: true })
      } else if (options.poison === true && fate < 0.015) visits.push({ who: `bomb${i}`, time: visit.time })
      else visits.push(visit)
    }
    inputs.push({ topic: 'in', key: null, value: encode(visits), time })
  }
  return {
    topics: [
      plain('in'),
      plain('numbered'),
      plain('visits'),
      { ...TOPICS.dead, partitions: 1 },
      stateTopic('visits'),
      stateTopic('counter'),
    ],
    inputs,
    outputs: ['numbered', 'visits', 'dead'],
    spec: {
      group: 'law',
      input: 'in',
      open: publish =>
        new Chain(
          [
            {
              name: 'visits',
              input: 'in',
              outputs: ['greetings', 'visits'],
              processor: new Visits() as Processor<unknown, unknown>,
            },
            {
              name: 'counter',
              input: 'greetings',
              outputs: ['numbered'],
              processor: new Counter() as Processor<unknown, unknown>,
            },
          ],
          new Set(['numbered', 'visits']),
          publish,
        ),
      feed: (record, _chain, each) => {
        for (const visit of decode(record.value!) as Visit[]) each(visit, visit.time, visit.who.length)
      },
      encode: (topic, key, value, at) => ({
        topic,
        key: Buffer.from(key),
        value: encode(JSON.stringify(value)),
        time: at,
        partition: 0,
      }),
      bytesOf: value => encode(value),
      stateTopic: stage => `${stage}.state`,
    },
  }
}
