import type { WireOptions } from '#schemas/config/wire.ts'
import type { ComponentSpec } from '#schemas/contracts/component.ts'
import type { SegmentBatch } from '#schemas/records/segment.ts'
import type { Trace } from '#schemas/wire/trace.ts'

/** What one call of `read` captured: at most one batch per partition, and where to go on after a restart. */
export interface Captured {
  readonly batches: readonly { readonly partition: number; readonly batch: SegmentBatch }[]
  /** Plain data (msgpack). Stored atomically with the batches; handed to `open` after a restart. */
  readonly position: unknown
  /** What it was handed and could not understand, or a sample of it: goes to `dead` with the batches. */
  readonly rejected?: readonly Rejected[]
}

export interface Rejected {
  readonly reason: string
  readonly message: string
  /** When, µs: names it within its source, so no two are the same. */
  readonly time: number
  /** The bytes, or the first of them. */
  readonly value: Uint8Array
}

/**
 * Laws
 *  1. `read` returns promptly with what there is (at least one segment or tick, about `batchBytes` at most); null means
 *     that this source has ended for good. After null it is not called again.
 *  2. Bytes are counted once: for every captured frame, `ledger.captured` grows by its captured length, and the same
 *     amount is either in segments, or in another reason of the same ledgers. The frames of an IP packet that came in fragments
 *     are counted when it is complete or let go. Until then a source that keeps its data has them in its position, and reads
 *     them again after a restart; for others they are like what a crash takes from the kernel's buffer: never captured.
 *  3. A source that ends (file, unplugged interface) ends with a segment of kind `end` in every partition.
 *  4. A tick per second of capture time goes to every partition, so that timers fire without traffic.
 *  5. After an error that ends the input, everything readable before it has been returned; then `Refused` is thrown.
 *  6. Batches may reuse memory: they are valid until the next `read`.
 *  7. After a segment of kind `end` nothing more is captured: null follows, or the error of law 5.
 */
export interface Producer extends AsyncDisposable {
  read(signal: AbortSignal): Promise<Captured | null>
  /** Monotone counters by name, e.g. `packets`, `drops.kernel`. */
  stats(): Readonly<Record<string, number>>
  /** For a progress bar: how far, of how much (null when endless or unknown). Units are bytes. */
  progress(): { readonly done: number; readonly total: number | null }
}

export interface ProducerHost {
  /** Name of this sensor: part of every flow's name. */
  readonly sensor: string
  /** How many partitions the segments topic has. */
  readonly partitions: number
  /** Secret that keys the flow hash; the same on every node of a cluster. 8 bytes at least. */
  readonly flowHashKey: Uint8Array
  /** The stored position of this source, or null at its first start. */
  readonly position: unknown
  /** Target size of what one `read` returns, all batches together. */
  readonly batchBytes: number
  /** Relative paths start here: the configuration file's directory, or the working directory of `read`. */
  readonly directory: string
  /** How packets are read: for the segmenter. */
  readonly wire: WireOptions
  /** Is told how each frame is understood: for the segmenter. */
  readonly trace?: Trace
  /** Standard input, for `-`. */
  readonly stdin: NodeJS.ReadableStream
  /** Tells the operator, in one line, what is wrong while the capture goes on, once when it begins. Absent: nobody listens. */
  readonly warn?: (what: string) => void
}

/**
 * What happens to a source while the log takes nothing.
 *  - `wait`: it is not read. For what keeps its data, as a file does: nothing is lost.
 *  - `shed`: it is read on, for what would otherwise overflow where nobody counts, as a kernel's buffer does. Whole reads
 *    wait in a queue of bounded size, then in the spill if there is one; what finds both full is dropped, and counted as
 *    `dropped` in the ledger of the batches after it. Law 4 makes up for a tick that is dropped: timers that were due with
 *    it are due with the next one. A read with an `end` is never dropped.
 */
export type Flow = 'wait' | 'shed'

export interface ProducerSpec<Config> extends ComponentSpec<Config> {
  readonly kind: 'producer'
  /** Default: `wait`. */
  readonly flow?: Flow
  /** Identity of the source inside this sensor, e.g. the file's path: the key under which its position is stored. */
  source(config: Config): string
  open(config: Config, host: ProducerHost): Promise<Producer>
}
