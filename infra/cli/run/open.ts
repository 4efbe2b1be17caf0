/** Opens everything a configuration names, and closes it in the right order. */
import { createHash } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { type EmbeddedBus, openEmbedded } from '#infra/bus/embedded/index.ts'
import { type KafkaBus, openKafka } from '#infra/bus/kafka/index.ts'
import { MemoryBus } from '#infra/bus/memory/index.ts'
import { decodeRecord } from '#schemas/avro/records.ts'
import { TOPICS, type TopicSpec } from '#schemas/avro/topics.ts'
import { ownSettings } from '#schemas/config/root.ts'
import type { Bus, Writer } from '#schemas/contracts/bus.ts'
import { Usage } from '#schemas/contracts/errors.ts'
import type { Io } from '../command.ts'
import type { Components, Processors } from '../components.ts'
import type { Settings } from '../config.ts'
import { nodeHashKey } from '../flow-hash-key.ts'
import type { Flows } from './flows.ts'
import { kafkaPlan } from './kafka.ts'
import { maskingPlan } from './masking.ts'
import { type Source, topicsOf } from './node.ts'
import type { NodeEvents, ProcessingPlan, Workers } from './plan.ts'
import type { SinkRun } from './sinks.ts'
import { localWorkers, threadWorkers } from './workers.ts'
import { segmentsRetention, tooShort } from './worst-replay.ts'

/** Segment bytes per read of a producer: one append, one record per partition. */
const CAPTURE_BYTES = 2 * 1024 * 1024
/**
 * What tasks may write beyond the log's size, at least: a unit holds what a task makes of `COMMIT_BYTES` and a checkpoint.
 * If it did not fit, no task could go on, nothing would be read, and retention would have nothing to delete.
 */
const SMALLEST_RESERVE_BYTES = 64 * 1024 * 1024
const COMMIT_BYTES = 4 * 1024 * 1024

export interface OpenLog {
  readonly bus: Bus
  readonly embedded: EmbeddedBus | null
  readonly kafka: KafkaBus | null
  readonly directory: string | null
  /** Size at which producers have to wait. */
  readonly maxBytes: number
}

/** `onWarning`: what a log says beside its errors. */
export async function openLog(
  settings: Settings,
  components: Components,
  onWarning: (message: string) => void,
): Promise<OpenLog> {
  const { log, checkpoint } = settings.root
  const topics = configuredTopics(settings, components)
  if (log.kind === 'memory') {
    const bus = new MemoryBus({ partitions: log.partitions, maxBytes: log.maxBytes })
    await bus.ensure(topics)
    return { bus, embedded: null, kafka: null, directory: null, maxBytes: log.maxBytes }
  }
  if (log.kind === 'kafka') {
    const short = tooShort(segmentsRetention(settings.root), checkpoint)
    if (short !== null) throw new Usage(`log.retention.segments: ${short}`)
    const kafka = await openKafka({ ...kafkaPlan(log), onWarning })
    await kafka.ensure(topics)
    return { bus: kafka, embedded: null, kafka, directory: null, maxBytes: Number.POSITIVE_INFINITY }
  }
  const directory = resolve(settings.directory, log.directory)
  const { partitions, durability, maxBytes, reserveBytes } = log
  const commitReserveBytes = Math.max(SMALLEST_RESERVE_BYTES, Math.ceil(maxBytes / 16))
  const limits = { maxBytes, reserveBytes, commitReserveBytes }
  const embedded = await openEmbedded({ directory, partitions, durability, limits })
  await embedded.ensure(topics)
  return { bus: embedded, embedded, kafka: null, directory, maxBytes }
}

/** All topics of this configuration, with its retention. */
export function configuredTopics({ root: { log } }: Settings, components: Processors): readonly TopicSpec[] {
  const topics = topicsOf(components)
  return log.kind === 'memory' ? topics : topics.map(topic => retained(topic, log.retention))
}

type Retentions = Readonly<Record<string, { ms?: number | undefined; bytes?: number | undefined } | undefined>>

/** The topic with the retention that the configuration gives it. */
function retained(topic: TopicSpec, retention: Retentions): TopicSpec {
  const own = retention[topic.name]
  if (topic.retention === null || own === undefined) return topic
  return { ...topic, retention: { ms: own.ms ?? topic.retention.ms, bytes: own.bytes ?? topic.retention.bytes } }
}

export async function openSources(
  settings: Settings,
  components: Components,
  { bus, directory }: OpenLog,
  flows: Flows,
  io: Io,
  warn: (what: string) => void,
): Promise<readonly Source[]> {
  const configured = settings.root.producers.map(entry => {
    const { type, name } = entry
    const spec = components.producers.get(type)!
    const config = spec.config.parse(ownSettings(entry))
    return { spec, config, source: `${name}/${spec.source(config)}` }
  })
  // A process that read the same source before may still be alive somewhere: what it had under way is decided first.
  const writers = new Map<string, Writer>()
  for (const { source } of configured) writers.set(source, await bus.writer(writerName(source)))
  const positions = await storedPositions(bus)
  const sources: Source[] = []
  const flowHashKey = sharedHashKey(settings, directory)
  for (const { spec, config, source } of configured) {
    const { flow, position } = await flows.of(spec, source)
    const producer = await spec.open(config, {
      sensor: settings.root.sensor,
      partitions: bus.partitions('segments'),
      flowHashKey,
      position: position ?? positions.get(source) ?? null,
      batchBytes: CAPTURE_BYTES,
      directory: settings.directory,
      wire: settings.root.capture,
      stdin: io.stdin,
      warn: what => warn(`${source}: ${what}`),
    })
    sources.push({ name: source, producer, flow, writer: writers.get(source)! })
  }
  for (const name of await flows.abandoned(new Set(writers.keys()))) {
    // Under a name of its own: the source may have moved to another node, which goes on with it.
    const writer = await bus.writer(writerName(`left: ${name}`))
    sources.push({ name, ...(await flows.leftover(name)), writer })
  }
  return sources
}

/** A source's name is a path, which no log takes as a name. */
function writerName(source: string): string {
  return `source.${createHash('sha256').update(source).digest('hex').slice(0, 32)}`
}

/** Nodes of a cluster must agree on it; a log on this machine keeps its own. */
function sharedHashKey({ root, directory: configured }: Settings, directory: string | null): Uint8Array {
  if (root.log.kind === 'kafka' && root.flowHashKey === undefined) {
    throw new Usage(
      "flowHashKey: needed with Kafka, the same on every capture node: put the output of 'openssl rand -hex 16' into a file or variable and name that (flowHashKey: { file: … })",
    )
  }
  return nodeHashKey(root.flowHashKey, directory ?? configured)
}

export async function openSinks(settings: Settings, components: Components, io: Io): Promise<readonly SinkRun[]> {
  const sinks: SinkRun[] = []
  for (const entry of settings.root.sinks) {
    const { type, name, delivery } = entry
    const spec = components.sinks.get(type)!
    const config = spec.config.parse(ownSettings(entry))
    const sink = await spec.open(config, { stdout: io.stdout, directory: settings.directory })
    sinks.push({ name, topics: spec.topics(config), sink, delivery })
  }
  return sinks
}

/** Threads on the embedded log when more than one worker is wanted; the memory log has this thread only. */
export function openWorkers(settings: Settings, components: Components, log: OpenLog, events: NodeEvents): Workers {
  const { checkpoint, workers } = settings.root
  const partitions = log.bus.partitions('segments')
  const count = Math.min(partitions, workers === 'auto' ? availableParallelism() : workers)
  const limits = {
    commitBytes: COMMIT_BYTES,
    checkpointBytes: checkpoint.everyBytes,
    checkpointMs: checkpoint.everyMs,
    poisonPerBatch: 1000,
  }
  const masking = maskingPlan(settings)
  const plan = (index: number, of: number): ProcessingPlan => ({
    processors: settings.processors,
    masking,
    limits,
    partitions: Array.from({ length: partitions }, (_, p) => p).filter(p => p % of === index),
  })
  const { embedded } = log
  if (settings.root.log.kind === 'kafka') {
    const assigned: ProcessingPlan = { processors: settings.processors, masking, limits, partitions: 'assigned' }
    if (count === 1) return localWorkers(log.bus, components, assigned, events)
    const thread = { ...assigned, log: { kafka: kafkaPlan(settings.root.log) } }
    return threadWorkers(
      Array.from({ length: count }, () => thread),
      events,
    )
  }
  if (embedded === null || count === 1) return localWorkers(log.bus, components, plan(0, 1), events)
  return threadWorkers(
    Array.from({ length: count }, (_, i) => ({ ...plan(i, count), log: { embedded: embedded.share() } })),
    events,
  )
}

async function storedPositions(bus: Bus): Promise<ReadonlyMap<string, unknown>> {
  const positions = new Map<string, unknown>()
  for await (const batch of bus.read(TOPICS.positions.name, 0, 0)) {
    for (const record of batch.records) {
      if (record.key === null) continue
      const source = Buffer.from(record.key).toString()
      if (record.value === null) positions.delete(source)
      else positions.set(source, (decodeRecord('positions', record.value) as { readonly position: unknown }).position)
    }
  }
  return positions
}
