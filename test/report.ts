/** Turns the event stream of node:test into what a person wants to read: failures, skips by name, and the counts. */
import { relative } from 'node:path'
import type { TestEvent } from 'node:test/reporters'
import { inspect } from 'node:util'

export interface Counts {
  passed: number
  failed: number
  skipped: number
}

export class Report {
  readonly counts: Counts = { passed: 0, failed: 0, skipped: 0 }
  readonly #root: string
  readonly #write: (text: string) => void
  readonly #skips: string[] = []
  /** Names of the tests that are open, outermost first. The runner reports one file after another. */
  readonly #open: string[] = []

  constructor(root: string, write: (text: string) => void) {
    this.#root = root
    this.#write = write
  }

  /** A test or check that ended. */
  add(name: string, outcome: { readonly failure?: string; readonly skip?: string }): void {
    if (outcome.failure !== undefined) {
      this.counts.failed++
      this.#write(`✖ ${name}\n${indent(outcome.failure)}\n`)
    } else if (outcome.skip !== undefined) {
      this.counts.skipped++
      this.#skips.push(`${name}: ${outcome.skip}`)
    } else this.counts.passed++
  }

  /** One event of `run()` of node:test. Suites count through their tests, unless they fail by themselves. */
  event(event: TestEvent): void {
    if (event.type === 'test:start') {
      this.#open.length = event.data.nesting
      this.#open.push(event.data.name)
    }
    if (event.type === 'test:stdout' || event.type === 'test:stderr') this.#write(event.data.message)
    if (event.type !== 'test:pass' && event.type !== 'test:fail') return
    const { file = '', nesting, name, details, skip, todo } = event.data
    if (todo !== undefined || skip !== undefined) {
      this.add(this.#name(file, nesting, name), { skip: String(skip ?? todo) })
      return
    }
    if (event.type === 'test:pass') {
      if (details.type !== 'suite') this.add(name, {})
    } else if (!causedBelow(event.data.details.error)) {
      this.add(this.#name(file, nesting, name), { failure: explain(event.data.details.error) })
    }
  }

  /** The summary; its last line is the one that CI reads. */
  end(): void {
    for (const skip of this.#skips) this.#write(`- skipped: ${skip}\n`)
    const { passed, failed, skipped } = this.counts
    this.#write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`)
  }

  #name(file: string, nesting: number, name: string): string {
    const outer = this.#open.slice(0, nesting)
    return [relative(this.#root, file), ...outer, name].join(' › ')
  }
}

/** A test fails too when one inside it failed: that one was reported already. */
function causedBelow(error: Error & { failureType?: string }): boolean {
  return error.failureType === 'subtestsFailed'
}

function explain(error: Error): string {
  const cause = error.cause ?? error
  return cause instanceof Error ? (cause.stack ?? cause.message) : inspect(cause)
}

function indent(text: string): string {
  return text.trimEnd().replaceAll(/^/gm, '    ')
}
