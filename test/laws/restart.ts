/**
 * The restart law: for any input, batch sizes, checkpoint spacing and crash points, what is downstream equals the run
 * without crashes: nothing lost, nothing twice. And the harness that can break it on purpose.
 */
import { decode } from '@msgpack/msgpack'
import { MemoryBus, type MemoryOperation } from '#infra/bus/memory/index.ts'
import { Task, type TaskLimits, type TaskSpec } from '#infra/runtime/task.ts'
import { decodeState, encodeState } from '#schemas/avro/records.ts'
import type { TopicSpec } from '#schemas/avro/topics.ts'
import type { Bus, Lease, Raw, Unit } from '#schemas/contracts/bus.ts'
import { mulberry32 } from '#test/driver/random.ts'

export interface World {
  readonly spec: TaskSpec
  readonly topics: readonly TopicSpec[]
  readonly inputs: readonly Raw[]
  /** Topics whose records must not change. */
  readonly outputs: readonly string[]
}

/** Ways to break recovery. Each must be noticed. */
export const MUTATIONS = [
  'no replay',
  'un-muted replay',
  'timers not stored',
  'stream time not restored',
  'no tombstones',
  'dirty entry forgotten',
] as const
export type Mutation = (typeof MUTATIONS)[number]

export interface Run {
  /** By topic: its records in order, as text. */
  readonly outputs: ReadonlyMap<string, readonly string[]>
  /** Ledger in the last checkpoint. */
  readonly ledger: unknown
  readonly crashes: number
  readonly lives: number
}

class Crash extends Error {}

const NEVER: TaskLimits = {
  commitBytes: 1 << 20,
  checkpointBytes: 1 << 30,
  checkpointMs: Number.POSITIVE_INFINITY,
  poisonPerBatch: 100,
}

/** One life after another until all input is processed. Seed null: one life, big batches, no crash. */
export async function runWorld(world: World, seed: number | null, mutation: Mutation | null = null): Promise<Run> {
  const random = mulberry32(seed ?? 0)
  let task: Task | null = null
  let crashes = 0
  let armed = false
  const hook = (op: MemoryOperation['op'], operation: MemoryOperation): void => {
    if (operation.op === 'poll' && operation.from >= world.inputs.length) task?.stop()
    if (!armed || op === 'append' || random() >= (op === 'poll' ? 0.02 : 0.08)) return
    crashes++
    throw new Crash(op)
  }
  await using bus = new MemoryBus({ hook })
  await bus.ensure(world.topics)
  await bus.append(world.inputs)
  armed = seed !== null

  let lives = 0
  for (let done = false; !done; lives++) {
    // Each life has its own batch size and checkpoint spacing.
    const limits: TaskLimits =
      seed === null
        ? NEVER
        : {
            ...NEVER,
            commitBytes: 1 + Math.floor(random() ** 2 * 600),
            checkpointBytes: 1 + Math.floor(random() ** 2 * 6000),
          }
    const membership = await bus.join('law', world.spec.input, async taken => {
      const lease = override(taken, { poll: (maxBytes: number) => taken.poll(maxBytes, 0) }) // nothing more will come
      const mutated =
        mutation === null ? { bus, lease, spec: world.spec } : mutate(mutation, bus, lease, world.spec, random)
      task = new Task(mutated.spec, mutated.bus, mutated.lease, limits, () => 0, { firstMs: 0, maxMs: 0 })
      await task.run()
      done = true
    })
    await membership.done.catch(error => {
      if (!(error instanceof Crash)) throw error
    })
    await membership[Symbol.asyncDispose]()
  }

  const outputs = new Map<string, string[]>()
  for (const topic of world.outputs) {
    const lines: string[] = []
    for (let p = 0; p < bus.partitions(topic); p++) {
      for await (const batch of bus.read(topic, p, 0)) {
        for (const { key, value, time } of batch.records) lines.push(`${hex(key)} ${hex(value)} ${time}`)
      }
    }
    outputs.set(topic, lines)
  }
  return { outputs, ledger: (task as Task | null)!.ledger, crashes, lives }
}

const hex = (bytes: Uint8Array | null): string => (bytes === null ? '-' : Buffer.from(bytes).toString('latin1'))

/** Recovery with one of its parts missing: the log's and the lease's calls are changed on their way. */
function mutate(
  mutation: Mutation,
  bus: Bus,
  lease: Lease,
  spec: TaskSpec,
  random: () => number,
): { bus: Bus; lease: Lease; spec: TaskSpec } {
  const withState = (change: (records: readonly Raw[]) => readonly Raw[]): Lease =>
    override(lease, { commit: (unit: Unit) => lease.commit({ ...unit, state: change(unit.state) }) })
  const withMeta = (change: (meta: Record<string, unknown>) => void): Lease =>
    withState(records =>
      records.map(record => {
        if (decode(record.key!) !== 'meta') return record
        const meta = decodeState(record.value!) as Record<string, unknown>
        change(meta)
        return { ...record, value: encodeState(meta) }
      }),
    )
  const isEntry = (record: Raw): boolean => record.value !== null && decode(record.key!) !== 'meta'
  switch (mutation) {
    case 'no replay':
      return {
        bus: override(bus, {
          read: (topic: string, p: number, from: number, until?: number) =>
            bus.read(topic, p, topic === spec.input ? (until ?? from) : from, until),
        }),
        lease,
        spec,
      }
    case 'un-muted replay':
      // What is replayed is published as well: the outputs go around the mute, straight to the log.
      return { bus, lease, spec: unmuted(spec, bus, lease) }
    case 'timers not stored':
      return {
        bus,
        lease: withState(records =>
          records.map(record => {
            if (!isEntry(record)) return record
            const [order, , value] = decodeState(record.value!) as [number, number | null, unknown]
            return { ...record, value: encodeState([order, null, value]) }
          }),
        ),
        spec,
      }
    case 'stream time not restored':
      return { bus, lease: withMeta(meta => (meta['now'] = 0)), spec }
    case 'no tombstones':
      return { bus, lease: withState(records => records.filter(record => record.value !== null)), spec }
    case 'dirty entry forgotten':
      return {
        bus,
        lease: withState(records => {
          const entries = records.filter(isEntry)
          const forgotten = entries[Math.floor(random() * entries.length)]
          return records.filter(record => record !== forgotten)
        }),
        spec,
      }
    default:
      return mutation satisfies never
  }
}

/** A spec whose replayed records (those before the lease's position) reach the log a second time. */
function unmuted(spec: TaskSpec, bus: Bus, lease: Lease): TaskSpec {
  let replaying = false
  return {
    ...spec,
    open: publish =>
      spec.open((topic, key, value, time) => {
        if (replaying) void bus.append([spec.encode(topic, key, value, time, lease.partition)])
        publish(topic, key, value, time)
      }),
    feed: (record, chain, each) => {
      replaying = record.offset < lease.committed
      spec.feed(record, chain, each)
    },
  }
}

function override<T extends object>(target: T, methods: Record<string, unknown>): T {
  return new Proxy(target, {
    get(object, name) {
      if (typeof name === 'string' && name in methods) return methods[name]
      const value: unknown = Reflect.get(object, name, object)
      return typeof value === 'function' ? value.bind(object) : value
    },
  })
}
