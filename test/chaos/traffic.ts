/**
 * A capture of as many minutes of traffic as are wanted, the same for the same seed: connections that live as long as the
 * capture, short ones, pipelined ones, attacks among their requests.
 */
import { closeSync, openSync, writeSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import { pcapHeader, pcapRecord } from '#test/driver/captures.ts'
import { Clock, recordOf, Talk } from '#test/driver/packets.ts'
import { mulberry32 } from '#test/driver/random.ts'
import { type Counts, keepAlive, pipelined, type Scene, type Step, short } from './conversations.ts'

export interface TrafficPlan {
  readonly seed: number
  /** Of capture time. */
  readonly seconds: number
  /** Exchanges per second, about. */
  readonly rate: number
  /** 0 to 99: two captures of one run have no connection in common. */
  readonly number: number
}

const KEEP_ALIVE_SHARE = 0.4
const SHORT_SHARE = 0.4
const KEEP_ALIVE_MS = 2000
/** Means of `short` and `pipelined`. */
const EXCHANGES_PER_SHORT = 2
const EXCHANGES_PER_PIPELINED = 3.5

const START_US = 1_795_253_435_000_000
const WRITE_BYTES = 1024 * 1024
const TURN_MS = 1000

/** Writes a pcap file; says what is in it. */
export async function writeTraffic(file: string, plan: TrafficPlan, signal: AbortSignal): Promise<Readonly<Counts>> {
  const random = mulberry32(plan.seed * 100 + plan.number)
  const counts: Counts = { connections: 0, exchanges: 0, attacks: 0 }
  const until = plan.seconds * 1000
  let millisecond = 0
  const clock = new AgendaClock(() => millisecond)
  const scene: Scene = { random, counts, until, now: () => millisecond }
  let talks = 0
  const talk = (): Talk => {
    const n = talks++
    const client = { ip: `10.${plan.number + 1}.${n % 4}.${1 + (n % 250)}`, port: 1024 + Math.floor(n / 500) }
    return new Talk(clock, { client, clientSeq: 1000 + 7 * n, serverSeq: 5000 + 11 * n })
  }

  const agenda = new Map<number, Generator<Step>[]>()
  const at = (due: number, conversation: Generator<Step>): void => {
    const there = agenda.get(due)
    if (there === undefined) agenda.set(due, [conversation])
    else there.push(conversation)
  }
  const lasting = Math.round((plan.rate * KEEP_ALIVE_SHARE * KEEP_ALIVE_MS) / 1000)
  for (let i = 0; i < lasting; i++) at(0, keepAlive(talk(), scene, KEEP_ALIVE_MS))
  const shortChance = (plan.rate * SHORT_SHARE) / EXCHANGES_PER_SHORT / 1000
  const pipelinedChance = (plan.rate * (1 - KEEP_ALIVE_SHARE - SHORT_SHARE)) / EXCHANGES_PER_PIPELINED / 1000

  using out = new Writer(file)
  for (; millisecond < until || agenda.size > 0; millisecond++) {
    if (millisecond % TURN_MS === 0) {
      await turn() // so that Ctrl-C is heard
      signal.throwIfAborted()
    }
    if (millisecond < until) {
      if (random() < shortChance) at(millisecond, short(talk(), scene))
      if (random() < pipelinedChance) at(millisecond, pipelined(talk(), scene))
    }
    const due = agenda.get(millisecond)
    if (due === undefined) continue
    agenda.delete(millisecond)
    for (const conversation of due) {
      const pause = play(conversation, out)
      if (pause !== null) at(millisecond + pause, conversation)
    }
  }
  return counts
}

/** Up to the next pause: whole milliseconds, 1 at least. Null: it is over. */
function play(conversation: Generator<Step>, out: Writer): number | null {
  for (;;) {
    const { value, done } = conversation.next()
    if (done === true) return null
    if (typeof value === 'number') return Math.max(1, Math.round(value))
    for (const packet of value) out.write(pcapRecord(recordOf(packet)))
  }
}

/** Packets of one millisecond are a microsecond apart. */
class AgendaClock extends Clock {
  readonly #millisecond: () => number
  #last = 0

  constructor(millisecond: () => number) {
    super()
    this.#millisecond = millisecond
  }

  override next(): number {
    this.#last = Math.max(this.#last + 1, START_US + this.#millisecond() * 1000)
    return this.#last
  }
}

class Writer implements Disposable {
  readonly #file: number
  #waiting: Uint8Array[] = [pcapHeader({})]
  #bytes = 0

  constructor(path: string) {
    this.#file = openSync(path, 'w')
  }

  write(record: Uint8Array): void {
    this.#waiting.push(record)
    this.#bytes += record.length
    if (this.#bytes >= WRITE_BYTES) this.#flush()
  }

  [Symbol.dispose](): void {
    this.#flush()
    closeSync(this.#file)
  }

  #flush(): void {
    writeSync(this.#file, Buffer.concat(this.#waiting))
    this.#waiting = []
    this.#bytes = 0
  }
}
