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

export class Flows implements AsyncDisposable {
  readonly #config: CaptureConfig
  readonly #main: Bus
  readonly #spillBus: EmbeddedBus | null
  readonly #spills: Spill[] = []

  /** Relative paths start at `directory`. */
  static async open(config: CaptureConfig, directory: string, main: Bus): Promise<Flows> {
    if (config.spill === undefined) return new Flows(config, main, null)
    const { maxBytes, reserveBytes } = config.spill
    const bus = await openEmbedded({
      directory: resolve(directory, config.spill.directory),
      partitions: 1,
      // What a power failure takes away is less than what was in memory.
      durability: 'process',
      limits: { maxBytes, reserveBytes },
    })
    return new Flows(config, main, bus)
  }

  private constructor(config: CaptureConfig, main: Bus, spillBus: EmbeddedBus | null) {
    this.#config = config
    this.#main = main
    this.#spillBus = spillBus
  }

  /**
   * For a source that is about to be opened. `position`: where it has been read to, when that is in the spill and not in the
   * log; else null.
   */
  async of(
    spec: Pick<ProducerSpec<unknown>, 'flow'>,
    source: string,
  ): Promise<{ readonly flow: SourceFlow; readonly position: unknown }> {
    if (spec.flow !== 'shed') return { flow: { kind: 'wait' }, position: null }
    const spill = await this.#spill(source)
    return { flow: this.#shed(spill), position: spill === null ? null : positionIn(spill, source) }
  }

  /** Sources that are configured no more and have left something in the spill: it goes to the log. */
  async leftovers(
    configured: ReadonlySet<string>,
  ): Promise<readonly { readonly name: string; readonly producer: Producer; readonly flow: SourceFlow }[]> {
    if (this.#spillBus === null) return []
    const left = []
    for (const name of await spilledSources(spillLogOf(this.#spillBus))) {
      if (configured.has(name)) continue
      const spill = await this.#spill(name)
      if (spill !== null && !spill.empty) left.push({ name, producer: GONE, flow: this.#shed(spill) })
    }
    return left
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
    if (this.#spillBus === null) return null
    const spill = await Spill.open(spillLogOf(this.#spillBus), this.#main, source)
    this.#spills.push(spill)
    return spill
  }
}

function spillLogOf(bus: EmbeddedBus): SpillLog {
  return { bus, trim: () => bus.enforceRetention() }
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
