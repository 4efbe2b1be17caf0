/**
 * Child of kill.test.ts: a log under load until somebody kills this process. A producer appends transactions of several
 * records, a task turns each record into an output and a sum, retention deletes behind it. What was accepted is told on
 * standard output, one line each: `append <transaction>`, `commit <position>`.
 *
 * Arguments: directory, durability, seed.
 */
import { writeSync } from 'node:fs'
import { type Durability, openEmbedded } from '#infra/bus/embedded/index.ts'
import { GROUP, INPUT, lastTransaction, OUTPUT, outputOf, STATE, TOPICS, transaction } from '#infra/bus/embedded/testdata/ledger.ts'
import type { Lease } from '#schemas/contracts/bus.ts'
import { mulberry32 } from '#test/driver/random.ts'

const [directory, durability, seed] = process.argv.slice(2) as [string, Durability, string]
const random = mulberry32(Number(seed))
const limits = { maxBytes: 1 << 30, reserveBytes: 0 }
const bus = await openEmbedded({ directory, partitions: 1, durability, limits })
await bus.ensure(TOPICS)

function accepted(what: string): void {
  writeSync(1, `${what}\n`)
}

async function produce(): Promise<never> {
  for (let number = (await lastTransaction(bus)) + 1; ; number++) {
    await bus.append(transaction(number, random))
    accepted(`append ${number}`)
    if (number % 8 === 0) await bus.enforceRetention()
  }
}

async function task(lease: Lease): Promise<void> {
  for (;;) {
    const batch = await lease.poll(300_000)
    if (batch === null) continue
    const outputs = batch.records.map(record => ({ topic: OUTPUT, key: null, value: outputOf(record), time: record.time }))
    const sum = { topic: STATE, key: Buffer.from('position'), value: Buffer.from(`${batch.next}`), time: 1 }
    await lease.commit({ next: batch.next, outputs, state: [sum] })
    accepted(`commit ${batch.next}`)
  }
}

await bus.join(GROUP, INPUT, task)
await produce()
