/**
 * Connections that were open already where reading begins. The id of a connection is made of the time of its first packet and
 * the number of an exchange counts from there, so theirs differ from those of the live run, which saw the beginning. They are
 * known by the first packet that begins them here, which is no SYN.
 *
 * Looked for only as long as a silent connection lives by default: whoever speaks after a longer silence began anew in the
 * live run too.
 */
import { connectionIdOf, messageIdOf } from '#schemas/message/id.ts'
import { deterministicId } from '#schemas/records/id.ts'
import { ACK, FIN, KIND, RST, Segment, type SegmentBatch, SYN } from '#schemas/records/segment.ts'

/** tcp.idleTimeout's default, µs. */
const WATCH = 300e6
/** Flows looked at, and ids kept: beyond that, some are not told. */
const MAX_FLOWS = 1_000_000
const MAX_IDS = 200_000

export class Begun {
  readonly #seen = new Set<number>()
  readonly #ids = new Set<string>()
  readonly #cursor = new Segment()
  readonly #until = new Map<number, number>()

  /** To be called with every batch of a partition whose beginning is cut. */
  look(partition: number, batch: SegmentBatch): void {
    const until = this.#until.get(partition)
    if (until !== undefined && batch.until > until) return
    const segment = this.#cursor.reset(batch)
    while (segment.next()) {
      if (!segment.ofFlow || !begins(segment)) continue
      if (until === undefined && !this.#until.has(partition)) this.#until.set(partition, segment.time + WATCH)
      if (segment.kind === KIND.message) {
        this.#message(segment)
        continue
      }
      if (this.#seen.size >= MAX_FLOWS || this.#seen.has(segment.key)) continue
      this.#seen.add(segment.key)
      if (isBeginning(segment) || this.#ids.size >= MAX_IDS) continue
      const hex = Buffer.from(segment.identityBytes()).toString('hex')
      this.#ids.add(deterministicId(batch.sensor, hex, String(segment.time)))
    }
  }

  /** Of an exchange whose request was taken before: the response is here alone. A request that comes behind it makes it whole. */
  #message(segment: Segment): void {
    if (this.#ids.size >= MAX_IDS || (segment.dir === 1 && this.#seen.has(segment.key))) return
    const id = messageIdOf(segment)
    if (id === null) return
    if (segment.dir === 1) this.#ids.add(connectionIdOf(id))
    else this.#ids.delete(connectionIdOf(id))
    if (this.#seen.size < MAX_FLOWS) this.#seen.add(segment.key)
  }

  has(connection: string): boolean {
    return this.#ids.has(connection)
  }
}

function isBeginning({ kind, flags }: Segment): boolean {
  return kind === KIND.about || (flags & (SYN | ACK)) === SYN
}

/** Bare acknowledgements and resets begin no connection (processors/tcp). */
function begins({ flags, wireLength, length }: Segment): boolean {
  if ((flags & RST) !== 0) return false
  return (flags & (SYN | FIN)) !== 0 || Math.max(length, wireLength) > 0
}
