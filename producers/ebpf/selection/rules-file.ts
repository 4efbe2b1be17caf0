/** Rules in a file of their own, read again when it changes: how a ConfigMap comes in without a restart. */
import { readFile } from 'node:fs/promises'
import { loadConfig } from '#schemas/config/load.ts'
import { type SelectionConfig, selection } from './config.ts'

const LONGEST_FILE = 1024 * 1024

/** `kept`: what was wrong, for the log; the rules that were read last stay. */
export type Reading = { readonly rules: SelectionConfig } | { readonly kept: string } | null

export class RulesFile {
  readonly #path: string
  #last: string | null = null
  #reloads = 0
  #failures = 0

  constructor(path: string) {
    this.#path = path
  }

  /**
   * Null when the file says what it said at the last call. The content is compared, not its time: a ConfigMap is swapped by
   * a symbolic link, and what is seen once is not said again. Never rejects.
   */
  async read(): Promise<Reading> {
    const text = await readFile(this.#path, 'utf8').catch((error: NodeJS.ErrnoException) => error)
    const seen = typeof text === 'string' ? text : `\0${text.code}`
    if (seen === this.#last) return null
    this.#last = seen
    if (typeof text !== 'string') return this.#keep(`${this.#path}: cannot be read (${text.code})`)
    if (text.length > LONGEST_FILE) return this.#keep(`${this.#path}: longer than ${LONGEST_FILE} characters`)
    try {
      const rules = loadConfig(text, this.#path, selection)
      this.#reloads++
      return { rules }
    } catch (error) {
      return this.#keep(error instanceof Error ? error.message : String(error))
    }
  }

  stats(): Readonly<Record<string, number>> {
    return { 'selection.reloads': this.#reloads, 'selection.reload-failures': this.#failures }
  }

  #keep(problem: string): Reading {
    this.#failures++
    return { kept: problem }
  }
}
