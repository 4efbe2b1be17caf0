/** What happened when: a line each, on the screen and in a file. */
import { appendFileSync } from 'node:fs'

export class Journal {
  readonly #file: string
  readonly #show: (line: string) => void
  readonly #started = performance.now()

  constructor(file: string, show: (line: string) => void) {
    this.#file = file
    this.#show = show
  }

  /** `[ 12.345 s] …` since the journal was opened; the wall clock's time stands in the file, for other logs beside it. */
  say(what: string): void {
    const seconds = ((performance.now() - this.#started) / 1000).toFixed(3).padStart(8)
    this.#show(`[${seconds} s] ${what}\n`)
    appendFileSync(this.#file, `${new Date().toISOString()} [${seconds} s] ${what}\n`)
  }
}
