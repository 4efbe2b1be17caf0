import { z } from 'zod'
import type { Cell, Ctx, Processor, ProcessorSpec } from '#schemas/contracts/processor.ts'
import type { Exchange } from '#schemas/records/exchange.ts'

const SECOND = 1_000_000

const config = z.strictObject({
  window: z.int().min(1).max(86_400).default(60).describe('Seconds of capture time that are counted together'),
  limits: z
    .strictObject({
      hosts: z
        .int()
        .min(1)
        .max(10_000_000)
        .default(100_000)
        .describe('Most hosts counted at a time; further ones are left out and counted as hosts.refused'),
    })
    .prefault({})
    .describe('Bounds on memory'),
})
type Config = z.infer<typeof config>

/** What it emits: how many exchanges a host had between two moments (µs). */
export interface HostCount {
  readonly host: string
  readonly exchanges: number
  readonly since: number
  readonly until: number
}

/** What it keeps of a host: plain data, so that a checkpoint can store it as it is. */
interface Tally {
  exchanges: number
  readonly since: number
}

/**
 * Counts the exchanges of each host.
 *
 *   (unknown) ──exchange──► Counting ──window over──► (unknown), the count is emitted
 *                              └──exchange──► Counting
 */
class Example implements Processor<Exchange, Tally> {
  readonly #window: number
  readonly #hosts: number

  constructor({ window, limits }: Config) {
    this.#window = window * SECOND
    this.#hosts = limits.hosts
  }

  process({ host }: Exchange, ctx: Ctx<Tally>): void {
    let cell = ctx.state.get(host)
    if (cell === undefined) {
      if (ctx.state.size >= this.#hosts) {
        ctx.count('hosts.refused')
        return
      }
      cell = ctx.state.open(host, { exchanges: 0, since: ctx.now })
      ctx.state.wake(cell, ctx.now + this.#window)
    }
    cell.value.exchanges++
    ctx.state.touch(cell)
  }

  expire(cell: Cell<Tally>, ctx: Ctx<Tally>): void {
    const host = String(cell.key)
    ctx.emit('example', host, { host, ...cell.value, until: ctx.now } satisfies HostCount, ctx.now)
    ctx.state.drop(cell)
  }
}

export default {
  kind: 'processor',
  name: 'example',
  summary: 'Counts the exchanges of each host in windows of capture time',
  config,
  input: 'exchanges',
  outputs: ['example'],
  create: settings => new Example(settings),
} satisfies ProcessorSpec<Config, Exchange, Tally>
