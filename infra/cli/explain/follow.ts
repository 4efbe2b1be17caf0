/**
 * Runs a capture through the chain and stops at what was asked for: each chosen packet becomes a block of lines, its
 * layers first, then what every stage said while it was worked on.
 */
import type { Chain, Publish } from '#infra/runtime/chain.ts'
import type { Captured } from '#schemas/contracts/producer.ts'
import { isoTime } from '#schemas/json/time.ts'
import type { Chunk } from '#schemas/records/chunk.ts'
import { parseIdentity } from '#schemas/records/flow.ts'
import { type LedgerCounts, REASONS } from '#schemas/records/ledger.ts'
import { ACK, FIN, KIND, PSH, RST, Segment, SYN } from '#schemas/records/segment.ts'
import { printable } from '../printable.ts'
import type { Layers } from './layers.ts'
import { speaks } from './speaks.ts'
import { endpointText, type Told, tell } from './told.ts'

/** Says of a segment whether it is to be explained. */
export type Chooses = (segment: Segment) => boolean

const FLAGS = [
  [SYN, 'SYN'],
  [FIN, 'FIN'],
  [RST, 'RST'],
  [PSH, 'PSH'],
  [ACK, 'ACK'],
] as const

/** Bytes of payload that are shown. */
const PREVIEW = 100

export class Follower {
  /** Segments and frames that were explained. */
  explained = 0
  readonly #chain: Chain
  readonly #layers: Layers
  readonly #chooses: Chooses
  readonly #flows: boolean
  readonly #cursor = new Segment()
  /** By flow key: the numbers of the packets explained so far. */
  readonly #followed = new Map<number, Set<number>>()
  /** Keys of their connections, by id. */
  readonly #keys = new Map<string, number>()
  /** What the connections of this key were last said to speak. */
  readonly #spoken = new Map<number, string>()
  #said: string[] = []
  #chosen = false

  /** `flows`: whole flows are explained, timers included, and not only a packet. */
  constructor(open: (publish: Publish) => Chain, layers: Layers, chooses: Chooses, flows: boolean) {
    this.#flows = flows
    this.#chain = open((topic, _key, value) => this.#hear(topic, value))
    this.#layers = layers
    this.#chooses = chooses
  }

  /** Lines about one round of the producer. */
  *round(batches: Captured['batches']): Generator<string> {
    for (const { frame, layers, why } of this.#layers.takeRest()) {
      this.explained++
      yield block(frame.packet, frame.time, `${frame.captured} bytes`, layers, [`not followed: ${why}`])
    }
    for (const { batch } of batches) {
      this.#chain.ledger.merge(batch.ledger)
      this.#cursor.reset(batch)
      while (this.#cursor.next()) yield* this.#segment(this.#cursor)
    }
  }

  *#segment(segment: Segment): Generator<string> {
    this.#said = []
    this.#chosen = segment.kind === KIND.packet && this.#chooses(segment)
    if (this.#chosen) this.#follow(segment)
    const dissected = this.#layers.take(segment.packet)
    const before = this.#chain.ledger.counts()
    this.#chain.process(segment, segment.time)
    if (this.#chosen) {
      this.explained++
      this.#tellProtocol(segment.key)
      const fate = fateText(before, this.#chain.ledger.counts())
      if (segment.length > 0 && this.#said.length === 0 && fate.length === 0)
        this.#said.push('tcp      waits: what comes before it in the stream was not seen yet')
      const layers = [...(dissected?.layers ?? []), ...payloadText(segment)]
      yield block(segment.packet, segment.time, headline(segment), layers, [...this.#said, ...fate])
    } else if (this.#said.length > 0) {
      yield block(segment.packet, segment.time, 'later', [], this.#said)
    }
  }

  #follow({ key, packet }: Segment): void {
    const known = this.#followed.get(key)
    if (known === undefined) this.#followed.set(key, new Set([packet]))
    else known.add(packet)
  }

  /** Says what the connection speaks, when that is new. */
  #tellProtocol(key: number): void {
    const now = speaks(this.#chain, key)
    if (now === null || now === this.#spoken.get(key)) return
    this.#spoken.set(key, now)
    this.#said.push(`http     ${now}`)
  }

  /** Keeps what concerns the packet at hand, or a packet explained before. */
  #hear(topic: string, value: unknown): void {
    const { connection, packets, line } = tell(topic, value)
    if (topic === 'chunks') {
      const { key, id } = (value as Chunk).connection
      if (this.#followed.has(key)) this.#keys.set(id, key)
    }
    const known = this.#followed.get(this.#keys.get(connection) ?? -1)
    if (known === undefined) return
    // While a packet is worked on, timers of other connections may fire as well.
    if (this.#chosen && topic === 'chunks' && this.#keys.get(connection) === this.#cursor.key) this.#said.push(line)
    else if (this.#concerns(known, packets))
      this.#said.push(topic === 'chunks' ? line : `${line}\n         packets ${packets[0]} to ${packets[1]}`)
  }

  /** Does something that packets `first` to `last` took part in concern one that was explained? A timer has packet 0. */
  #concerns(explained: ReadonlySet<number>, [first, last]: Told['packets']): boolean {
    return last === 0 ? this.#flows : [...explained].some(packet => first <= packet && packet <= last)
  }
}

function headline(segment: Segment): string {
  const { a, b } = parseIdentity(segment.identityBytes())
  const [from, to] = segment.dir === 0 ? [a, b] : [b, a]
  const flags = FLAGS.filter(([bit]) => (segment.flags & bit) !== 0).map(([, name]) => name)
  return `${endpointText(from)} > ${endpointText(to)}, ${flags.join(' ')}, ${segment.length} bytes of payload`
}

function payloadText({ payload }: Segment): string[] {
  if (payload.length === 0) return []
  const text = Buffer.from(payload.subarray(0, PREVIEW)).toString('latin1')
  return [`payload    ${`${payload.length} bytes`.padEnd(20)} ${printable(text)}`]
}

/** What became of bytes while this packet was worked on: its own, or some that had waited. */
function fateText(before: LedgerCounts, after: LedgerCounts): string[] {
  const settled = REASONS.filter(reason => (after[reason] ?? 0) > (before[reason] ?? 0)).map(
    reason => `${reason} ${after[reason]! - (before[reason] ?? 0)}`,
  )
  return settled.length === 0 ? [] : [`bytes    ${settled.join(', ')}`]
}

function block(packet: number, time: number, what: string, layers: readonly string[], said: readonly string[]): string {
  const lines = [...layers, ...said].flatMap(text => text.split('\n')).map(line => `    ${line}`)
  return `${[`${packet > 0 ? `#${packet}` : 'timer'}  ${isoTime(time)}  ${what}`, ...lines].join('\n')}\n\n`
}
