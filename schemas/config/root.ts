/** The root of the configuration: what belongs to no component, and each component's own part under its name. */
import { z } from 'zod'
import { TOPICS, type TopicSpec } from '#schemas/avro/topics.ts'
import type { ComponentSpec } from '#schemas/contracts/component.ts'
import { capture } from './capture.ts'
import { type DeliveryConfig, delivery } from './delivery.ts'
import { kafka } from './kafka.ts'
import { masking } from './masking.ts'
import { secret } from './secret.ts'
import { peel } from './shape.ts'
import { telemetry } from './telemetry.ts'

const MIB = 1024 ** 2
const GIB = 1024 ** 3

/** Topics whose retention can be set: compacted ones keep the newest value of each key as long as it lives. */
const RETAINED = Object.values<TopicSpec>(TOPICS).filter(topic => topic.cleanup === 'delete')

const retention = z.strictObject({
  ms: z.int().min(1000).optional().describe('Records older than this many milliseconds of capture time are deleted'),
  bytes: z.int().min(MIB).optional().describe('The oldest records are deleted above this size of a partition'),
})

const partitions = z
  .int()
  .min(1)
  .max(256)
  .default(8)
  .describe('Partitions of every topic: how many tasks can run at once. Fixed when the log is made')

const retentions = z
  .partialRecord(z.enum(RETAINED.map(topic => topic.name)), retention)
  .default({})
  .describe('Shorter or longer retention than the default of a topic')

const embedded = z.strictObject({
  kind: z.literal('embedded'),
  directory: z.string().min(1).max(4096).default('.tapwire/log').describe('Where the log lives; one process at a time'),
  partitions,
  maxBytes: z
    .int()
    .min(16 * MIB)
    .default(8 * GIB)
    .describe('Size of the log at which producers have to wait; stages may go a sixteenth (64 MiB at least) beyond'),
  reserveBytes: z.int().min(0).default(GIB).describe('Free space on the disk below which producers have to wait'),
  durability: z
    .enum(['power', 'process'])
    .default('process')
    .describe('What an accepted record survives: a power failure (flushed at every commit) or a crash of this process'),
  retention: retentions,
})

const memory = z.strictObject({
  kind: z.literal('memory'),
  partitions,
  maxBytes: z
    .int()
    .min(MIB)
    .default(512 * MIB)
    .describe(
      'Size at which the oldest records go that every reader is done with, and at which producers wait for that',
    ),
})

const checkpoint = z
  .strictObject({
    everyMs: z.int().min(100).default(10_000).describe('Milliseconds between checkpoints of a task'),
    everyBytes: z
      .int()
      .min(64 * 1024)
      .default(64 * MIB)
      .describe('Input bytes between checkpoints of a task'),
  })
  .prefault({})
  .describe('How much a restart has to read again at most')

const workers = z
  .union([z.literal('auto'), z.int().min(1).max(64)])
  .default('auto')
  .describe('Threads that process segments; auto: one per core')

const label = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, { error: 'lower-case letters, digits and single hyphens' })
  .max(64)

/** A producer or sink of the configuration: its type, its name and its component's own keys. */
export interface Entry {
  readonly type: string
  /** The type, unless the file gives a name. */
  readonly name: string
  readonly [key: string]: unknown
}

export interface SinkEntry extends Entry {
  readonly delivery: DeliveryConfig
}

/** What an entry says to its component. */
export function ownSettings(entry: Entry): Readonly<Record<string, unknown>> {
  const { type: _, name: __, delivery: ___, ...own } = entry
  return own
}

/** Strict schema of the whole file for these components. */
export function rootSchema(components: readonly ComponentSpec<unknown>[]) {
  const of = (kind: ComponentSpec<unknown>['kind']) => components.filter(spec => spec.kind === kind)
  return z.strictObject({
    sensor: label.default('tapwire').describe('Name of this sensor: part of the identity of every flow'),
    producers: entries<Entry>(of('producer'), 'What is captured'),
    processors: z
      .strictObject(Object.fromEntries(of('processor').map(spec => [spec.name, optional(spec)])))
      .prefault({})
      .describe('Settings of the stages, each by its folder name'),
    sinks: entries<SinkEntry>(of('sink'), 'Where results go'),
    log: z
      .discriminatedUnion('kind', [
        embedded.describe('In this process, on disk: nothing to install'),
        kafka({ partitions, retention: retentions }).describe('A Kafka cluster: any number of processes'),
        memory.describe('Gone when the process ends: for trying things out'),
      ])
      .prefault({ kind: 'embedded' })
      .describe('The message log between the stages'),
    workers,
    checkpoint,
    capture,
    masking,
    telemetry,
    flowHashKey: secret()
      .optional()
      .describe('Keys the hash that spreads flows over partitions, 8 bytes at least: the same on every node'),
  })
}

export type RootConfig = z.output<ReturnType<typeof rootSchema>>

/** A list of components of one kind. Names are unique: positions and consumer groups are stored under them. */
function entries<E extends Entry>(specs: readonly ComponentSpec<unknown>[], description: string) {
  const [first, ...rest] = specs.map(entry)
  const item = first === undefined ? z.never() : z.discriminatedUnion('type', [first, ...rest])
  return z
    .array(item)
    .max(64)
    .default([])
    .transform(list => list.map((given): E => ({ ...(given as E), name: nameOf(given) })))
    .superRefine((list, ctx) => {
      for (const [i, { name }] of list.entries()) {
        if (list.findIndex(other => other.name === name) === i) continue
        ctx.addIssue({ code: 'custom', path: [i], message: `a second ${name}: give it a name of its own (name: …)` })
      }
    })
    .describe(description)
}

function nameOf(given: unknown): string {
  const { type, name } = given as { readonly type: string; readonly name?: string }
  return name ?? type
}

function entry(spec: ComponentSpec<unknown>) {
  const { core } = peel(spec.config)
  if (!(core instanceof z.ZodObject))
    throw new Error(`the configuration of ${spec.kind} ${spec.name} must be a strictObject`)
  const common = {
    type: z.literal(spec.name),
    name: label.optional().describe('Needed when there are several of one type'),
    ...(spec.kind === 'sink' ? { delivery } : {}),
  }
  const taken = Object.keys(common).filter(key => key in core.shape)
  if (taken.length > 0)
    throw new Error(`the configuration of ${spec.kind} ${spec.name} must not have keys named ${taken.join(' or ')}`)
  return core.safeExtend(common).describe(spec.summary)
}

/** A component's part that may be left out: then its own defaults hold. */
function optional(spec: ComponentSpec<unknown>): z.ZodType {
  const { config, summary } = spec
  const whole = peel(config).required ? config.prefault({}) : config
  return config.description ? whole : whole.describe(summary)
}
