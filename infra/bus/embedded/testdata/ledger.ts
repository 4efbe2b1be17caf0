/** What load.ts writes and kill.test.ts expects to find: records that tell which transaction they belong to. */
import assert from 'node:assert/strict'
import type { TopicSpec } from '#schemas/avro/topics.ts'
import type { Bus, LogRecord, Raw } from '#schemas/contracts/bus.ts'
import { collect, text, topicSpec } from '#test/suites/bus/harness.ts'

export const INPUT = 'segments'
export const OUTPUT = 'exchanges'
export const STATE = 'http.state'
export const GROUP = 'http'

/** Small, so that retention works while the load runs. */
const RETENTION = { ms: 3_600_000, bytes: 2 << 20 }

export const TOPICS: readonly TopicSpec[] = [
  topicSpec(INPUT, { retention: RETENTION }),
  topicSpec(OUTPUT, { retention: RETENTION }),
  topicSpec(STATE, { cleanup: 'compact' }),
]

const MAX_RECORDS = 6
const MAX_BYTES = 60_000

/** Transaction `number`: up to six records, each `<number> <index> <count> ` and padding. */
export function transaction(number: number, random: () => number): readonly Raw[] {
  const count = 1 + Math.floor(random() * MAX_RECORDS)
  return Array.from({ length: count }, (_, i) => {
    const head = `${number} ${i} ${count} `
    const value = Buffer.alloc(head.length + Math.floor(random() * MAX_BYTES), 0x2e)
    value.write(head)
    return { topic: INPUT, key: Buffer.from(`flow-${i}`), value, time: number * 1000 }
  })
}

export function outputOf(record: LogRecord): Buffer {
  return Buffer.from(`${record.offset}`)
}

/** Number of the newest transaction in the input; 0 when there is none. */
export async function lastTransaction(bus: Bus): Promise<number> {
  const last = (await collect(bus, INPUT)).at(-1)
  return last === undefined ? 0 : Number(headOf(last)[0])
}

function headOf({ value }: LogRecord): readonly number[] {
  return text(value!.subarray(0, 40))!.split(' ', 3).map(Number)
}

/** What the log says about itself, for comparison with what was acknowledged. */
export interface Found {
  readonly transaction: number
  readonly position: number
}

/**
 * Checks what must hold after any crash: transactions are whole, in order and without gaps; position, outputs and state
 * are of the same commit. Throws with `where` otherwise.
 */
export async function audit(bus: Bus, where: string): Promise<Found> {
  const input = await collect(bus, INPUT)
  let transaction = input.length === 0 ? 0 : headOf(input[0]!)[0]! - 1
  for (let i = 0; i < input.length; ) {
    const [number, , count] = headOf(input[i]!)
    assert.equal(number, transaction + 1, `${where}: transaction ${transaction + 1} is missing`)
    const whole = input.slice(i, i + count!).map(record => headOf(record).join(' '))
    assert.deepEqual(whole, Array.from({ length: count! }, (_, k) => `${number} ${k} ${count}`), `${where}: half a transaction`)
    assert.equal(input[i]!.offset, i === 0 ? (await bus.bounds(INPUT, 0)).first : input[i - 1]!.offset + 1, where)
    transaction = number!
    i += count!
  }
  const position = (await bus.committed(GROUP, INPUT))[0] ?? 0
  const outputs = (await collect(bus, OUTPUT)).map(record => Number(text(record.value)))
  const first = outputs[0] ?? position
  assert.deepEqual(outputs, Array.from({ length: position - first }, (_, i) => first + i), `${where}: outputs are not those of ${position}`)
  const state = (await collect(bus, STATE)).map(record => text(record.value))
  assert.deepEqual(state, position === 0 ? [] : [`${position}`], `${where}: state is not that of ${position}`)
  return { transaction, position }
}
