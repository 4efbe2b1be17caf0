/**
 * A process of its own that copies records from one topic to another, for tests that stop, kill or starve it:
 * `node copier.ts '<CopierPlan as JSON>'`. It joins the group, and says line by line what happens. Closing its standard input
 * makes it leave; it must then end by itself.
 */
import type { Readable } from 'node:stream'
import { type KafkaOptions, openKafka } from '#infra/bus/kafka/index.ts'
import type { Lease } from '#schemas/contracts/bus.ts'
import { Fenced, Retryable } from '#schemas/contracts/errors.ts'

export interface CopierPlan {
  readonly kafka: Omit<KafkaOptions, 'onWarning'>
  readonly group: string
  readonly input: string
  readonly output: string
}

const plan: CopierPlan = JSON.parse(process.argv[2]!)
const say = (line: string): void => void process.stdout.write(`${line}\n`)
for (const event of ['unhandledRejection', 'uncaughtException', 'warning'] as const) {
  process.on(event, (error: unknown) => say(`${event} ${error instanceof Error ? error.stack : String(error)}`))
}

/** A commit is repeated until its outcome is known. */
async function copy(lease: Lease): Promise<void> {
  say(`took ${lease.partition} at ${lease.committed}`)
  while (!lease.signal.aborted) {
    const batch = await lease.poll(2000)
    if (batch === null) continue
    const { partition } = lease
    const outputs = batch.records.map(({ key, value, time }) => ({ topic: plan.output, partition, key, value, time }))
    const unit = { next: batch.next, outputs, state: [] }
    for (let done = false; !done; ) {
      try {
        await lease.commit(unit)
        done = true
      } catch (error) {
        if (error instanceof Fenced) say(`fenced ${partition}`)
        if (!(error instanceof Retryable)) throw error
        say(`again ${error.reason}`)
        if (lease.signal.aborted) return
      }
    }
  }
  say(`left ${lease.partition}`)
}

async function ended(input: Readable): Promise<void> {
  input.resume()
  await new Promise<void>(resolve => void input.once('end', resolve))
}

const bus = await openKafka({ ...plan.kafka, onWarning: message => say(`warning ${message}`) })
const membership = await bus.join(plan.group, plan.input, copy)
membership.done.catch(error => say(`broken ${error}`))
await ended(process.stdin)
say('leaving')
await bus[Symbol.asyncDispose]()
say('closed')
