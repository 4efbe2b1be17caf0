/**
 * What every sink must do, run through the runtime that delivers to it (infra/runtime/delivery) on a log in memory and in simulated
 * time. A sink's own test calls it with a world: the sink, and the other side, which can be made to misbehave.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { MemoryBus } from '#infra/bus/memory/index.ts'
import { runDelivery } from '#infra/runtime/delivery/index.ts'
import { Outlet } from '#infra/runtime/delivery/outlet.ts'
import { type DeliveryConfig, delivery } from '#schemas/config/delivery.ts'
import type { Lease, LogRecord, Raw } from '#schemas/contracts/bus.ts'
import { Fenced, Retryable } from '#schemas/contracts/errors.ts'
import type { Sink } from '#schemas/contracts/sink.ts'
import { SimulatedClock } from '#test/driver/clock.ts'
import { topicSpec } from './bus/harness.ts'

/** How the other side can misbehave. */
export type Trouble =
  /** No connection, or what comes nearest. */
  | 'away'
  /** An error for every batch (HTTP 500). */
  | 'failing'
  /** Asks to be left alone for a while (HTTP 429 with Retry-After). */
  | 'throttling'
  /** Takes a batch and never answers. */
  | 'hanging'

export interface SinkWorld<V> extends AsyncDisposable {
  open(): Promise<Sink<V>>
  /** The n-th record; its client is one of three. */
  record(n: number): V
  /** What the other side holds: numbers of records, each once however often it came, in the order in which they came first. */
  held(): Promise<readonly number[]>
  /** From now on, until it is undone with null. */
  readonly trouble?: Partial<Record<Trouble, (on: boolean) => void | Promise<void>>>
  /** Makes it refuse the n-th record for good, alone. */
  refuse?(n: number): void
}

const CLIENTS = 3
const clientOf = (n: number): number => n % CLIENTS

class Run<V> {
  readonly clock = new SimulatedClock()
  /** The other side takes what it is given and never answers: time goes on although writes are under way. */
  hanging = false
  #writing = 0
  readonly refused: { readonly n: number; readonly answer: string }[] = []
  tries = 0
  readonly #world: SinkWorld<V>
  readonly #config: DeliveryConfig
  readonly #bus: MemoryBus
  #crashes: number
  #appended = 0

  constructor(world: SinkWorld<V>, config: object, crashes: number) {
    this.#world = world
    this.#config = delivery.parse(config)
    this.#crashes = crashes
    this.clock.busy = () => this.#writing > 0 && !this.hanging
    this.#bus = new MemoryBus({
      partitions: 1,
      hook: (_, operation) => {
        if (operation.op === 'commit-before' && this.#crashes-- > 0) throw new Fenced('crash before the commit')
      },
    })
  }

  async append(count: number): Promise<void> {
    await this.#bus.ensure([topicSpec('in'), topicSpec('dead')])
    const numbers = Array.from({ length: count }, () => this.#appended++)
    await this.#bus.append(
      numbers.map(n => ({ topic: 'in', key: Buffer.from(`c${clientOf(n)}`), value: Buffer.from(String(n)), time: 0 })),
    )
  }

  /** Until all is committed, through as many crashes as there are. `during` runs beside it. */
  async deliver(during: (stop: () => void) => Promise<void> = async () => {}): Promise<void> {
    const stop = new AbortController()
    const beside = during(() => stop.abort())
    while (!stop.signal.aborted && !(await this.#done())) await this.#life(stop.signal)
    await beside
  }

  async #life(stop: AbortSignal): Promise<void> {
    await using sink = await this.#world.open()
    const counted: Sink<V> = {
      write: async (batch, signal) => {
        this.#writing++
        const ended = new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }))
        const written = sink.write(batch, signal)
        await Promise.race([written.catch(() => {}), ended])
        this.#writing--
        return written
      },
      [Symbol.asyncDispose]: async () => {},
    }
    const outlet = new Outlet(counted, this.#config, { retry: () => void this.tries++, circuit: () => {} }, this.clock)
    const done = new AbortController()
    const signal = AbortSignal.any([stop, done.signal])
    const { clock } = this
    const membership = await this.#bus.join('sink', 'in', async lease => {
      const { group, topic, partition, committed } = lease
      const watched: Lease = {
        ...{ group, topic, partition, committed, signal: lease.signal },
        poll: bytes => lease.poll(bytes, 1),
        commit: async unit => {
          await lease.commit(unit)
          if (await this.#done()) done.abort()
        },
      }
      const parts = {
        outlet,
        config: this.#config,
        decode: (_: string, record: LogRecord) => this.#world.record(numberOf(record)),
        dead: (record: LogRecord, _: string, answer: string): Raw => {
          this.refused.push({ n: numberOf(record), answer })
          return { topic: 'dead', key: null, value: record.value, time: 0 }
        },
        backoff: { firstMs: 0, maxMs: 0 },
        stats: { delivered: 0, refused: 0 },
        waiting: () => {},
        clock,
      }
      await runDelivery(parts, watched, signal)
    })
    await membership.done.catch(error => {
      if (!(error instanceof Fenced)) throw error
    })
  }

  async #done(): Promise<boolean> {
    const positions = await this.#bus.committed('sink', 'in')
    for (const [partition, position] of positions.entries()) {
      const { first, next } = await this.#bus.bounds('in', partition)
      if ((position ?? first) < next) return false
    }
    return true
  }
}

function numberOf(record: LogRecord): number {
  return Number(Buffer.from(record.value!).toString())
}

/** Each client's records in order. */
function assertInOrder(held: readonly number[], expected: readonly number[]): void {
  for (let client = 0; client < CLIENTS; client++) {
    const own = (all: readonly number[]): readonly number[] => all.filter(n => clientOf(n) === client)
    assert.deepEqual(own(held), own(expected), `client ${client}`)
  }
}

const all = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n)

/** `can`: the troubles that the world can make. `make`: a fresh world for each test. */
export function sinkSuite<V>(
  name: string,
  can: readonly (Trouble | 'refuse')[],
  make: () => Promise<SinkWorld<V>>,
): void {
  const law = (
    title: string,
    options: { readonly config?: object; readonly crashes?: number; readonly needs?: Trouble | 'refuse' },
    body: (world: SinkWorld<V>, run: Run<V>) => Promise<void>,
  ): void => {
    const { needs, config = {}, crashes = 0 } = options
    if (needs !== undefined && !can.includes(needs)) return
    test(title, async () => {
      await using world = await make()
      await body(world, new Run(world, config, crashes))
    })
  }
  /** The trouble lasts `ms` of simulated time, or until `tries` failed. */
  const lasting = async (
    world: SinkWorld<V>,
    run: Run<V>,
    trouble: Trouble,
    ms: number,
    tries: number,
  ): Promise<void> => {
    await world.trouble![trouble]!(true)
    run.hanging = trouble === 'hanging'
    while (run.clock.now() < ms || run.tries < tries) await new Promise(setImmediate)
    await world.trouble![trouble]!(false)
    run.hanging = false
  }

  describe(`the sink suite: ${name}`, () => {
    law(
      'delivers everything, in the order of each client',
      { config: { batch: { records: 7 } } },
      async (world, run) => {
        await run.append(100)
        await run.deliver()
        assertInOrder(await world.held(), all(100))
      },
    )

    law(
      'repeats after a crash between delivery and commit are harmless',
      { crashes: 3, config: { batch: { records: 10 } } },
      async (world, run) => {
        await run.append(40)
        await run.deliver()
        assertInOrder(await world.held(), all(40))
      },
    )

    law('goes on where it was, and repeats nothing that was committed', {}, async (world, run) => {
      await run.append(10)
      await run.deliver()
      await run.append(10)
      await run.deliver()
      assertInOrder(await world.held(), all(20))
    })

    law(
      'a record that is refused goes to dead with the answer, in mid-batch; the others are delivered',
      { needs: 'refuse' },
      async (world, run) => {
        world.refuse!(41)
        await run.append(100)
        await run.deliver()
        assert.deepEqual(
          run.refused.map(({ n }) => n),
          [41],
        )
        assert.notEqual(run.refused[0]!.answer, '')
        assertInOrder(
          await world.held(),
          all(100).filter(n => n !== 41),
        )
      },
    )

    for (const trouble of ['away', 'failing', 'throttling'] as const) {
      law(
        `an hour of ${trouble}: nothing is lost, nothing refused, nobody is asked too often`,
        { needs: trouble },
        async (world, run) => {
          await run.append(50)
          await run.deliver(() => lasting(world, run, trouble, 3_600_000, 0))
          assertInOrder(await world.held(), all(50))
          assert.deepEqual(run.refused, [])
          assert.ok(run.tries < 400, `${run.tries} tries`)
        },
      )
    }

    law(
      'one that hangs is given up after its time and asked again',
      { needs: 'hanging', config: { timeoutMs: 5000 } },
      async (world, run) => {
        await run.append(20)
        await run.deliver(() => lasting(world, run, 'hanging', 0, 2))
        assertInOrder(await world.held(), all(20))
        assert.deepEqual(run.refused, [])
      },
    )

    law('a stop ends a write that hangs, and the next start delivers', { needs: 'hanging' }, async (world, run) => {
      await run.append(5)
      await run.deliver(async stop => {
        await world.trouble!.hanging!(true)
        run.hanging = true
        for (let i = 0; i < 20; i++) await new Promise(setImmediate)
        stop()
      })
      await world.trouble!.hanging!(false)
      run.hanging = false
      await run.deliver()
      assertInOrder(await world.held(), all(5))
    })

    law('a write that is aborted before it begins delivers nothing or throws', {}, async world => {
      await using sink = await world.open()
      const aborted = AbortSignal.abort()
      await sink
        .write([world.record(0)], aborted)
        .catch(error => assert.ok(error instanceof Retryable || aborted.aborted))
    })
  })
}
