/** The course of a run: the schedule is carried out, then everything that was captured is processed and delivered. */
import { setTimeout as delay } from 'node:timers/promises'
import { lagOf } from '#infra/cli/run/lag.ts'
import { PROCESS_GROUP } from '#infra/cli/run/segments-task.ts'
import { groupOf } from '#infra/cli/run/sinks.ts'
import type { Bus } from '#schemas/contracts/bus.ts'
import { Retryable } from '#schemas/contracts/errors.ts'
import type { BrokerRestarts } from './brokers.ts'
import type { Crew } from './crew.ts'
import type { Journal } from './journal.ts'
import type { Action } from './schedule.ts'

/** Processes start a moment apart, as they would. */
const STAGGER_MS = 100
/** After the schedule: for what the capture was down and has to read yet, and for catching up. */
const DRAIN_MS = 240_000
const LOOK_MS = 500

export async function perform(
  names: readonly string[],
  actions: readonly Action[],
  crew: Crew,
  restarts: BrokerRestarts,
  signal: AbortSignal,
): Promise<void> {
  const started = performance.now()
  for (const name of names) {
    crew.start(name)
    await delay(STAGGER_MS)
  }
  for (const action of actions) {
    await delay(Math.max(0, started + action.atMs - performance.now()), undefined, { signal })
    if (action.do === 'restart broker') restarts.restart(action.broker, action.signal, action.downMs)
    else await crew.act(action)
  }
  await restarts.settled()
}

interface Sinked {
  readonly name: string
  readonly topics?: unknown
}

/** Null, or what was not done in time. */
export async function drained(
  bus: Bus,
  sinks: readonly Sinked[],
  captures: number,
  crew: Crew,
  journal: Journal,
  signal: AbortSignal,
): Promise<string | null> {
  const deadline = performance.now() + DRAIN_MS
  const started = performance.now()
  for (let left = 'not looked yet'; ; ) {
    signal.throwIfAborted()
    if (crew.finished.size < captures) left = `${captures - crew.finished.size} captures are still reading`
    else {
      const now = await waiting(bus, sinks)
      if (now === '') break
      left = now
    }
    if (performance.now() > deadline) return `not finished after ${DRAIN_MS / 1000} s: ${left}`
    await delay(LOOK_MS, undefined, { signal })
  }
  journal.say(`all processed and delivered ${Math.round(performance.now() - started)} ms after the schedule`)
  return null
}

/** What is behind; empty when nothing is. */
async function waiting(bus: Bus, sinks: readonly Sinked[]): Promise<string> {
  const groups = sinks.flatMap(({ name, topics }) =>
    (topics as readonly string[]).map((topic): readonly [string, string] => [groupOf(name), topic]),
  )
  groups.unshift([PROCESS_GROUP, 'segments'])
  for (const [group, topic] of groups) {
    try {
      const lag = await lagOf(bus, group, topic)
      if (lag > 0) return `${group} is ${lag} records of ${topic} behind`
    } catch (error) {
      if (!(error instanceof Retryable)) throw error
      return error.message
    }
  }
  return ''
}
