/** Rules that change while the capture runs: the configuration's, or those of a file that is read again and again. */
import { resolve } from 'node:path'
import { Usage } from '#schemas/contracts/errors.ts'
import type { News } from './capture.ts'
import type { SelectionConfig } from './selection/config.ts'
import { RulesFile } from './selection/rules-file.ts'
import { compileRules, type Rules } from './selection/select.ts'

const EVERY_MS = 1000

export class RulesNews implements News {
  /** Those to begin with. */
  readonly rules: Rules
  readonly #file: RulesFile | null
  #timer: NodeJS.Timeout | undefined

  /** Throws `Usage` when the file cannot be used. */
  static async open(
    { selection, rules }: { readonly selection: SelectionConfig; readonly rules?: string | undefined },
    directory: string,
  ): Promise<RulesNews> {
    if (rules === undefined) return new RulesNews(selection, null)
    const file = new RulesFile(resolve(directory, rules))
    const reading = await file.read()
    if (reading === null || 'kept' in reading) throw new Usage(reading?.kept ?? `${rules}: says nothing`)
    return new RulesNews(reading.rules, file)
  }

  private constructor(selection: SelectionConfig, file: RulesFile | null) {
    this.rules = compileRules(selection)
    this.#file = file
  }

  /** `use`: is handed every change. */
  follow(use: (rules: Rules) => void): void {
    const file = this.#file
    if (file === null) return
    const read = async (): Promise<void> => {
      const reading = await file.read()
      if (reading !== null && 'rules' in reading) use(compileRules(reading.rules))
      if (this.#timer !== undefined) this.#timer = setTimeout(read, EVERY_MS)
    }
    this.#timer = setTimeout(read, EVERY_MS)
  }

  stats(): Readonly<Record<string, number>> {
    return this.#file?.stats() ?? {}
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
