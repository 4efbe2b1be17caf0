import { checkName, plan, type TopicLayout } from '#infra/bus/layout.ts'
import type { Claim, LeaseStore } from '#infra/bus/members.ts'
import { MemoryPartition } from '#infra/bus/memory/partition.ts'
import { type Routed, route } from '#infra/bus/route.ts'
import { positionOf } from '#infra/bus/unit.ts'
import { openWake, type Wake } from '#infra/bus/wake.ts'
import type { TopicSpec } from '#schemas/avro/topics.ts'
import type { Batch, Raw, Unit } from '#schemas/contracts/bus.ts'
import { Fenced, Retryable } from '#schemas/contracts/errors.ts'

/** What is about to happen, or has just happened (`commit-after`), when a hook is called. */
export type MemoryOperation =
  | { readonly op: 'append'; readonly records: readonly Raw[] }
  | { readonly op: 'poll'; readonly claim: Claim; readonly from: number }
  | { readonly op: 'commit-before' | 'commit-after'; readonly claim: Claim; readonly unit: Unit }

export type MemoryHook = (op: MemoryOperation['op'], operation: MemoryOperation) => void

interface Topic extends TopicLayout {
  readonly logs: readonly MemoryPartition[]
}

interface Group {
  epoch: number
  position: number | null
  /** What it may still read begins here. */
  replayFrom: number
}

/**
 * Topics, their records and the positions of groups. Every method is synchronous, which is what makes it atomic.
 *
 * Room: when an append finds `maxBytes` reached, what no group may read any more goes, oldest first, from topics with a
 * retention (those without keep everything). If that is not enough, the append is refused. Commits never are: what a task
 * makes of its input comes on top.
 */
export class MemoryStore implements LeaseStore {
  readonly wake: Wake = openWake(new SharedArrayBuffer(4))
  readonly #deployment: number
  readonly #maxBytes: number
  readonly #hook: MemoryHook
  readonly #topics = new Map<string, Topic>()
  readonly #groups = new Map<string, Group>()

  constructor(deployment: number, maxBytes: number, hook: MemoryHook) {
    this.#deployment = deployment
    this.#maxBytes = maxBytes
    this.#hook = hook
  }

  ensure(specs: readonly TopicSpec[]): void {
    const planned = specs.map(spec => plan(spec, this.#topics.get(spec.name), this.#deployment))
    for (const layout of planned) {
      const { name, partitions, cleanup } = layout
      const logs = [...(this.#topics.get(name)?.logs ?? [])]
      for (let p = logs.length; p < partitions; p++) logs.push(new MemoryPartition(name, p, cleanup === 'compact'))
      this.#topics.set(name, { ...layout, logs })
    }
  }

  partitions(topic: string): number {
    return this.#topic(topic).partitions
  }

  log(topic: string, partition: number): MemoryPartition {
    const log = this.#topic(topic).logs[partition]
    if (log === undefined) throw new Error(`topic ${topic} has no partition ${partition}`)
    return log
  }

  append(records: readonly Raw[]): void {
    const routes = route(records, name => this.#topic(name))
    this.#hook('append', { op: 'append', records })
    this.#admit()
    this.#write(routes)
  }

  position(group: string, topic: string, partition: number): number | null {
    return this.#group(group, topic, partition).position
  }

  claim(group: string, topic: string, partitions: readonly number[]): readonly Claim[] {
    return partitions.map(partition => {
      const entry = this.#group(group, topic, partition)
      entry.epoch++
      const committed = entry.position ?? this.log(topic, partition).bounds().first
      entry.replayFrom = Math.min(entry.replayFrom, committed)
      return { group, topic, partition, epoch: entry.epoch, committed }
    })
  }

  fetch(claim: Claim, from: number, maxBytes: number): Batch | null {
    this.#hook('poll', { op: 'poll', claim, from })
    this.#owned(claim)
    return this.log(claim.topic, claim.partition).read(from, Number.POSITIVE_INFINITY, maxBytes)
  }

  commit(claim: Claim, unit: Unit): void {
    const entry = this.#owned(claim)
    const { next, replayFrom } = positionOf(unit)
    const routes = route([...unit.outputs, ...unit.state], name => this.#topic(name))
    this.#hook('commit-before', { op: 'commit-before', claim, unit })
    entry.position = next
    entry.replayFrom = replayFrom
    this.#write(routes)
    this.#hook('commit-after', { op: 'commit-after', claim, unit })
  }

  /** Throws `Retryable('log-full')` when there is no room and none can be made. */
  #admit(): void {
    let used = 0
    for (const { logs } of this.#topics.values()) for (const log of logs) used += log.bytes
    if (used < this.#maxBytes) return
    for (const { name, retention, logs } of this.#topics.values()) {
      if (retention === null) continue
      for (const [partition, log] of logs.entries()) {
        const before = log.bytes
        log.trim(this.#readUpTo(name, partition), used - this.#maxBytes + 1)
        used -= before - log.bytes
        if (used < this.#maxBytes) return
      }
    }
    throw new Retryable('log-full', `the log holds ${used} bytes, ${this.#maxBytes} are allowed (log.maxBytes)`)
  }

  /** Records before this offset are not read again by any group that there is. */
  #readUpTo(topic: string, partition: number): number {
    const suffix = `/${topic}/${partition}`
    let end = Number.POSITIVE_INFINITY
    for (const [name, { replayFrom }] of this.#groups) if (name.endsWith(suffix)) end = Math.min(end, replayFrom)
    return end
  }

  #write(routes: readonly Routed<Topic>[]): void {
    for (const { topic, partition, records } of routes) {
      const log = topic.logs[partition]!
      for (const record of records) log.append(record)
    }
    this.wake.signal()
  }

  #topic(name: string): Topic {
    const topic = this.#topics.get(name)
    if (topic === undefined) throw new Error(`topic ${name} does not exist: ensure it first`)
    return topic
  }

  #group(group: string, topic: string, partition: number): Group {
    checkName('group', group)
    const name = `${group}/${topic}/${partition}`
    let entry = this.#groups.get(name)
    if (entry === undefined)
      this.#groups.set(name, (entry = { epoch: 0, position: null, replayFrom: Number.POSITIVE_INFINITY }))
    return entry
  }

  #owned(claim: Claim): Group {
    const entry = this.#group(claim.group, claim.topic, claim.partition)
    if (entry.epoch !== claim.epoch) {
      throw new Fenced(`${claim.group} on ${claim.topic}/${claim.partition}: epoch ${claim.epoch} of ${entry.epoch}`)
    }
    return entry
  }
}
