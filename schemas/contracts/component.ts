/**
 * What every component folder exports by default. The folder's presence registers it: `infra/cli` imports each
 * `index.ts` below producers/, processors/ and sinks/, and what a spec names in `parts`.
 */
import type { z } from 'zod'

export interface ComponentSpec<Config> {
  readonly kind: 'producer' | 'processor' | 'sink'
  /** Same as the folder's name. Matches /^[a-z0-9]+(-[a-z0-9]+)*$/. */
  readonly name: string
  /** One line for `--help` and `config explain`. */
  readonly summary: string
  /** Strict schema of this component's part of the configuration, each key with `.describe(…)`, defaults filled in. */
  readonly config: z.ZodType<Config>
  /** What is allowed but unwise in a valid configuration: one line each, for `config check` and the start of `run`. */
  warnings?(config: Config): readonly string[]
}
