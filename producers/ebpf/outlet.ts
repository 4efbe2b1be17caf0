/**
 * From what the agent says of connections to segment batches: the entries, the ledger, and the ticks.
 *
 * Law: captured = the bytes of `data` frames + payload of `about` segments + what the agent counted and did not hand over
 * (`uncaptured`). All but segments of kind `stream` and `about` is settled here.
 */
import type { Captured } from '#schemas/contracts/producer.ts'
import { ENTRY_HEADER, KIND } from '#schemas/records/segment.ts'
import { FlowHash } from '#schemas/wire/flow-key.ts'
import type { Loss } from '#schemas/wire/share.ts'
import { Shares, type SharesOptions } from '#schemas/wire/shares.ts'

export interface OutletOptions extends Omit<SharesOptions, 'capture'> {
  readonly flowHashKey: Uint8Array
  /** Number of the last segment before a restart, or 0. */
  readonly number: number
}

/** What a connection has in all its segments. */
export interface Route {
  readonly identity: Uint8Array
  readonly key: number
}

const NOTHING = new Uint8Array(0)
/** Longest gap of one segment: what its field can say. */
const LONGEST_GAP = 2 ** 32 - 1

export class Outlet {
  readonly #hash: FlowHash
  readonly #shares: Shares
  readonly #fields = {
    kind: KIND.stream as typeof KIND.stream | typeof KIND.about,
    flags: 0,
    dir: 0 as 0 | 1,
    time: 0,
    key: 0,
    packet: 0,
    seq: 0,
    ack: 0,
    window: 0,
    wireLength: 0,
  }
  #number: number
  #segments = 0

  constructor(options: OutletOptions) {
    this.#hash = new FlowHash(options.flowHashKey, options.sensor)
    this.#shares = new Shares({ ...options, capture: 'ebpf' })
    this.#number = options.number
  }

  /** About how many bytes `take` would return. */
  get bytes(): number {
    return this.#shares.bytes
  }

  get nextTick(): number {
    return this.#shares.nextTick
  }

  /** Highest time so far, µs. */
  get time(): number {
    return this.#shares.time
  }

  /** Number of the last segment. */
  get number(): number {
    return this.#number
  }

  get segments(): number {
    return this.#segments
  }

  route(identity: Uint8Array): Route {
    return { identity, key: this.#hash.of(identity, identity.length) }
  }

  about(route: Route, flags: number, dir: 0 | 1, payload: Uint8Array, time: number): void {
    this.#shares.of(route.key).captured += payload.length
    this.#fields.kind = KIND.about
    this.#add(route, flags, dir, 0, payload, payload.length, time)
  }

  /** Bytes at `offset` of a direction. */
  data(route: Route, dir: 0 | 1, offset: number, payload: Uint8Array, time: number): void {
    this.#shares.of(route.key).captured += payload.length
    this.#fields.kind = KIND.stream
    this.#add(route, 0, dir, offset, payload, payload.length, time)
  }

  /** `length` bytes from `offset` on were not seen. */
  gap(route: Route, dir: 0 | 1, offset: number, length: number, time: number): void {
    this.#fields.kind = KIND.stream
    for (let done = 0; done < length; done += LONGEST_GAP) {
      this.#add(route, 0, dir, offset + done, NOTHING, Math.min(LONGEST_GAP, length - done), time)
    }
  }

  /** FIN or RST. */
  mark(route: Route, flags: number, dir: 0 | 1, offset: number, time: number): void {
    this.#fields.kind = KIND.stream
    this.#add(route, flags, dir, offset, NOTHING, 0, time)
  }

  /** Accounts for bytes that become no segment. */
  leave(fate: Loss, bytes: number): void {
    const share = this.#shares.first
    share.captured += bytes
    share[fate] += bytes
    this.#shares.bytes += bytes
  }

  /** Says that time has reached `time` (µs). */
  tick(time: number): void {
    this.#shares.tick(time)
  }

  end(): void {
    this.#shares.end()
  }

  /** What came since the last call: at most one batch per partition. */
  take(): Captured['batches'] {
    return this.#shares.take()
  }

  #add(
    { identity, key }: Route,
    flags: number,
    dir: 0 | 1,
    offset: number,
    payload: Uint8Array,
    wireLength: number,
    time: number,
  ): void {
    this.#shares.reach(time)
    const fields = this.#fields
    fields.flags = flags
    fields.dir = dir
    fields.time = time
    fields.key = key
    fields.packet = ++this.#number
    fields.seq = offset % 2 ** 32
    fields.wireLength = wireLength
    this.#shares.of(key).writer.add(fields, identity, payload, 0, payload.length)
    this.#shares.bytes += payload.length + ENTRY_HEADER
    this.#segments++
  }
}
