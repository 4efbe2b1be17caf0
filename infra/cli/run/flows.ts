/** How sources are read while the log is slow or away: which wait, which are shed, and the spill on this node's disk. */
import { resolve } from 'node:path'
import { type EmbeddedBus, openEmbedded } from '#infra/bus/embedded/index.ts'
import { Spill, type SpillLog, spilledSources } from '#infra/runtime/intake/spill.ts'
import type { Intake } from '#infra/runtime/intake.ts'
import { decodeRecord } from '#schemas/avro/records.ts'
import type { CaptureConfig } from '#schemas/config/capture.ts'
import type { Bus } from '#schemas/contracts/bus.ts'
import type { Producer, ProducerSpec } from '#schemas/contracts/producer.ts'

export type SourceFlow = NonNullable<Intake['flow']>

/** About how much goes into one append: what a producer reads at once (`CAPTURE_BYTES`). */
const APPEND_BYTES = 2 * 1024 * 1024

/** The spill is opened when it is asked for: a process of the same configuration that captures nothing leaves it alone. */
export class Flows implements AsyncDisposable {
  readonly #config: CaptureConfig
  readonly #directory: string
  readonly #main: Bus
  #spillBus: EmbeddedBus | null = null
  readonly #spills: Spill[] = []

  /** Relative paths start at `directory`. */
  constructor(config: CaptureConfig, directory: string, main: Bus) {
    this.#config = config
    this.#directory = directory
    this.#main = main
  }

  /**
   * For a source whose writer is open. `position`: where it has been read to, when that is in the spill and not in the log;
   * else null.
   */
  async of(
    spec: Pick<ProducerSpec<unknown>, 'flow'>,
    source: string,
  ): Promise<{ readonly flow: SourceFlow; readonly position: unknown }> {
    if (spec.flow !== 'shed' || this.#config.overload === 'wait') return { flow: { kind: 'wait' }, position: null }
    const spill = await this.#spill(source)
    return { flow: this.#shed(spill), position: spill === null ? null : positionIn(spill, source) }
  }

  /** Sources that have left something in the spill, and are not `configured` any more. */
  async abandoned(configured: ReadonlySet<string>): Promise<readonly string[]> {
    const log = await this.#spillLog()
    return log === null ? [] : (await spilledSources(log)).filter(source => !configured.has(source))
  }

  /** Brings what an abandoned source has left into the log. Its writer must be open. */
  async leftover(source: string): Promise<{ readonly producer: Producer; readonly flow: SourceFlow }> {
    return { producer: GONE, flow: this.#shed(await this.#spill(source)) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const spill of this.#spills) await spill[Symbol.asyncDispose]()
    await this.#spillBus?.[Symbol.asyncDispose]()
  }

  #shed(spill: Spill | null): SourceFlow {
    const { queueBytes, flushMs } = this.#config
    return { kind: 'shed', queueBytes, appendBytes: APPEND_BYTES, flushMs, spill }
  }

  async #spill(source: string): Promise<Spill | null> {
    const log = await this.#spillLog()
    if (log === null) return null
    const spill = await Spill.open(log, this.#main, source)
    this.#spills.push(spill)
    return spill
  }

  async #spillLog(): Promise<SpillLog | null> {
    const { spill } = this.#config
    if (spill === undefined) return null
    const { maxBytes, reserveBytes } = spill
    this.#spillBus ??= await openEmbedded({
      directory: resolve(this.#directory, spill.directory),
      partitions: 1,
      // What a power failure takes away is less than what was in memory.
      durability: 'process',
      limits: { maxBytes, reserveBytes },
    })
    const bus = this.#spillBus
    return { bus, trim: () => bus.enforceRetention() }
  }
}

function positionIn({ newest }: Spill, source: string): unknown {
  const record = newest.find(
    ({ topic, key }) => topic === 'positions' && key !== null && Buffer.from(key).toString() === source,
  )
  return record?.value == null ? null : decodeRecord('positions', record.value).position
}

/** A source that has nothing more to say. */
const GONE: Producer = {
  read: async () => null,
  stats: () => ({}),
  progress: () => ({ done: 0, total: 0 }),
  [Symbol.asyncDispose]: async () => {},
}
