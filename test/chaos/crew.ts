/** Carries out the schedule on the processes, restarts what ends by itself, and counts. */
import type { Fleet } from './fleet.ts'
import type { Journal } from './journal.ts'
import { type Action, roleOf } from './schedule.ts'

export interface Tally {
  kills: number
  frozen: number
  added: number
  removed: number
  /** Ended by themselves, with an error. A supervisor starts such a process again, and so does this. */
  gaveUp: number
  /** Asked to end, and did not within `PATIENCE_MS`. */
  hung: number
  /** When processing processes were killed, milliseconds since 1970. */
  readonly processKillsMs: number[]
}

const PATIENCE_MS = 60_000
const AGAIN_MS = 1000

export class Crew {
  readonly #fleet: Fleet
  readonly #journal: Journal
  /** Captures that have read everything. */
  readonly finished = new Set<string>()
  readonly #removed = new Set<string>()
  readonly #leaving: Promise<void>[] = []
  readonly tally: Tally = { kills: 0, frozen: 0, added: 0, removed: 0, gaveUp: 0, hung: 0, processKillsMs: [] }

  /** `open`: makes the fleet, which reports here. */
  constructor(journal: Journal, open: (onEnd: (name: string, how: string, code: number | null) => void) => Fleet) {
    this.#journal = journal
    this.#fleet = open((name, how, code) => this.#ended(name, how, code))
  }

  /** Unless it runs already, has nothing more to do, or was removed. */
  start(name: string): void {
    if (this.#fleet.names.includes(name) || this.finished.has(name) || this.#removed.has(name)) return
    this.#journal.say(`${name}: started`)
    this.#fleet.start(name)
  }

  async act(action: Exclude<Action, { do: 'restart broker' }>): Promise<void> {
    const { name } = action
    switch (action.do) {
      case 'add':
        this.tally.added++
        this.start(name)
        return
      case 'start':
        this.start(name)
        return
      case 'kill':
        if (!this.#fleet.names.includes(name)) return
        this.tally.kills++
        if (roleOf(name) === 'process') this.tally.processKillsMs.push(Date.now())
        this.#journal.say(`${name}: SIGKILL`)
        await this.#fleet.end(name, 'SIGKILL', PATIENCE_MS)
        return
      case 'freeze':
        this.tally.frozen++
        this.#journal.say(`${name}: SIGSTOP`)
        this.#fleet.signal(name, 'SIGSTOP')
        return
      case 'thaw':
        this.#journal.say(`${name}: SIGCONT`)
        this.#fleet.signal(name, 'SIGCONT')
        return
      case 'remove':
        this.tally.removed++
        this.#leaving.push(this.#leave(name, action.signal))
        return
      default:
        action satisfies never
    }
  }

  /** Everybody ends gracefully. */
  async stop(): Promise<void> {
    await Promise.all(this.#leaving)
    await Promise.all(this.#fleet.names.map(name => this.#leave(name, 'SIGTERM')))
  }

  async #leave(name: string, signal: NodeJS.Signals): Promise<void> {
    this.#removed.add(name)
    if (!this.#fleet.names.includes(name)) return // it has just ended by itself
    this.#journal.say(`${name}: ${signal}, for good`)
    const started = performance.now()
    const inTime = await this.#fleet.end(name, signal, PATIENCE_MS)
    this.#journal.say(
      `${name}: ended after ${Math.round(performance.now() - started)} ms${inTime ? '' : ', by SIGKILL'}`,
    )
    if (!inTime) this.tally.hung++
  }

  #ended(name: string, how: string, code: number | null): void {
    if (roleOf(name) === 'capture' && code === 0) {
      this.finished.add(name)
      this.#journal.say(`${name}: has read everything`)
      return
    }
    this.tally.gaveUp++
    this.#journal.say(`${name}: ended by itself, ${how}`)
    setTimeout(() => this.start(name), AGAIN_MS).unref()
  }
}
