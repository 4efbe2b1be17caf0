/**
 * New rules without a restart: looks whether files of packs have changed, and hands them to the workers. A pack that is broken
 * changes nothing: the old ones go on, and the log says what is wrong where.
 */
import type { Config } from '#processors/detect/config.ts'
import type { Settings } from '../config.ts'
import type { Workers } from '../run/plan.ts'
import type { NodeLog } from '../run/telemetry.ts'
import { sumCounts } from '../sum-counts.ts'
import { packStamp, withRules } from './sources.ts'

type Watched = Pick<Settings, 'given' | 'root' | 'directory'>

/** The stage's name, and the counter. */
const QUARANTINED = 'detect.detect.rules.quarantined.'

export class RuleWatch {
  readonly #settings: Watched
  readonly #workers: Pick<Workers, 'configure' | 'reports'>
  readonly #log: NodeLog
  /** Counters of quarantine as they were said last. */
  readonly #said = new Map<string, number>()
  /** Of the files that were tried last; null: they could not even be listed. */
  #stamp: string | null

  constructor(settings: Watched, workers: Pick<Workers, 'configure' | 'reports'>, log: NodeLog) {
    this.#settings = settings
    this.#workers = workers
    this.#log = log
    this.#stamp = this.#look()
  }

  /** To be called now and then. */
  look(): void {
    this.#sayQuarantined()
    this.#readAgain()
  }

  /** Rules that have gone over their budget since the last look, on any partition. */
  #sayQuarantined(): void {
    const counts = sumCounts(this.#workers.reports().map(({ counts }) => Object.fromEntries(counts)))
    for (const [name, n] of Object.entries(counts)) {
      if (!name.startsWith(QUARANTINED) || n <= (this.#said.get(name) ?? 0)) continue
      this.#said.set(name, n)
      const rule = name.slice(QUARANTINED.length)
      this.#log.warn(
        `rules: ${rule} is over its budget (maxSteps) and is not tried for ten minutes: see 'tapwire rules bench'`,
        null,
      )
    }
  }

  #readAgain(): void {
    const stamp = this.#look()
    if (stamp === this.#stamp) return
    this.#stamp = stamp
    const { given, root, directory } = this.#settings
    try {
      const processors = withRules(given, root.processors['detect'], directory)
      this.#workers.configure(processors)
      const { rules } = processors['detect'] as {
        readonly rules: { readonly sources: readonly { readonly hash: string }[] }
      }
      this.#log.info(`rules: read again, in force are the packs ${rules.sources.map(({ hash }) => hash).join(', ')}`)
    } catch (error) {
      this.#log.warn(
        `rules: the old ones stay in force: ${error instanceof Error ? error.message : String(error)}`,
        null,
      )
    }
  }

  #look(): string | null {
    const { root, directory } = this.#settings
    try {
      return packStamp((root.processors['detect'] as Config).rules, directory)
    } catch {
      return null
    }
  }
}
