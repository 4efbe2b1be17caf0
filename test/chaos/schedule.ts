/**
 * What will be done to whom and when: everything is drawn from the seed before anything runs.
 *
 * Laws
 *  1. A process that is killed is started again within `LONGEST_DOWN_MS`; one that is frozen thaws after longer than its session
 *     lasts, a former owner that does not know it; one that is removed never comes back.
 *  2. Only a running process is killed, frozen or removed; a new one gets a name of its own.
 *  3. Processing processes are between `FEWEST_PROCESSING` and twice their first number.
 *  4. At `durationMs` everything is over: what was killed or frozen runs again.
 */
import { below, type Random } from './conversations.ts'

export interface ScheduleOptions {
  readonly durationMs: number
  /** Mean time between two kills, or one in a while a freeze. */
  readonly killEveryMs: number
  /** Mean time between adding or removing a processing process. */
  readonly changeEveryMs: number
  readonly brokerStops: number
  readonly brokers: number
  /** After so long without a sign of life the others take what a process works on. */
  readonly sessionTimeoutMs: number
  readonly captures: number
  readonly processing: number
  readonly sinks: number
}

export type Role = 'capture' | 'process' | 'sink'

export type Action =
  | { readonly atMs: number; readonly do: 'kill'; readonly name: string }
  | { readonly atMs: number; readonly do: 'start'; readonly name: string }
  | { readonly atMs: number; readonly do: 'freeze'; readonly name: string }
  | { readonly atMs: number; readonly do: 'thaw'; readonly name: string }
  | { readonly atMs: number; readonly do: 'add'; readonly name: string }
  | { readonly atMs: number; readonly do: 'remove'; readonly name: string; readonly signal: 'SIGTERM' | 'SIGKILL' }
  | {
      readonly atMs: number
      readonly do: 'restart broker'
      readonly broker: number
      readonly signal: 'SIGTERM' | 'SIGKILL'
      readonly downMs: number
    }

/** Time to start up before the first blow, and to come back after the last. */
const QUIET_MS = 4000
const LONGEST_DOWN_MS = 2500
const SHORTEST_DOWN_MS = 100
const FEWEST_PROCESSING = 2
const FREEZE_SHARE = 0.15

/** `process-3` is the third processing process. */
export function nameOf(role: Role, number: number): string {
  return `${role}-${number}`
}

export function roleOf(name: string): Role {
  return name.slice(0, name.lastIndexOf('-')) as Role
}

export function firstNames({ captures, processing, sinks }: ScheduleOptions): readonly string[] {
  const names = (role: Role, count: number): string[] => Array.from({ length: count }, (_, i) => nameOf(role, i + 1))
  return [...names('capture', captures), ...names('process', processing), ...names('sink', sinks)]
}

export function schedule(options: ScheduleOptions, random: Random): readonly Action[] {
  const actions = [...blows(options, random), ...brokerRestarts(options, random)]
  return actions.sort((a, b) => a.atMs - b.atMs)
}

function blows(options: ScheduleOptions, random: Random): Action[] {
  const endMs = options.durationMs - LONGEST_DOWN_MS
  const pick = <T>(list: readonly T[]): T => list[below(random, list.length)]!
  const actions: Action[] = []
  /** Who is there, and from when on it runs. */
  const runsFrom = new Map(firstNames(options).map(name => [name, 0]))
  let number = options.processing
  const running = (atMs: number, role?: Role): string[] =>
    [...runsFrom].flatMap(([name, from]) =>
      from < atMs && (role === undefined || roleOf(name) === role) ? [name] : [],
    )

  const change = (atMs: number): void => {
    const there = [...runsFrom.keys()].filter(name => roleOf(name) === 'process').length
    const candidates = running(atMs, 'process')
    const canAdd = there < 2 * options.processing
    if (canAdd && (there <= FEWEST_PROCESSING || candidates.length === 0 || random() < 0.5)) {
      const name = nameOf('process', ++number)
      runsFrom.set(name, atMs)
      actions.push({ atMs, do: 'add', name })
    } else if (there > FEWEST_PROCESSING && candidates.length > 0) {
      const name = pick(candidates)
      runsFrom.delete(name)
      actions.push({ atMs, do: 'remove', name, signal: random() < 0.5 ? 'SIGTERM' : 'SIGKILL' })
    }
  }
  const strike = (atMs: number): void => {
    const candidates = running(atMs)
    if (candidates.length === 0) return
    const name = pick(candidates)
    const thawMs = Math.round(atMs + options.sessionTimeoutMs * (1.2 + random()))
    const startMs = Math.round(atMs + SHORTEST_DOWN_MS + random() * (LONGEST_DOWN_MS - SHORTEST_DOWN_MS))
    const freeze = random() < FREEZE_SHARE && thawMs <= options.durationMs
    runsFrom.set(name, freeze ? thawMs : startMs)
    if (freeze) actions.push({ atMs, do: 'freeze', name }, { atMs: thawMs, do: 'thaw', name })
    else actions.push({ atMs, do: 'kill', name }, { atMs: startMs, do: 'start', name })
  }

  const next = (everyMs: number): number => everyMs * (0.5 + random())
  let strikeAt = QUIET_MS
  let changeAt = QUIET_MS + next(options.changeEveryMs)
  for (;;) {
    const atMs = Math.round(Math.min(strikeAt, changeAt))
    if (atMs >= endMs) return actions
    if (strikeAt <= changeAt) {
      strike(atMs)
      strikeAt += next(options.killEveryMs)
    } else {
      change(atMs)
      changeAt += next(options.changeEveryMs)
    }
  }
}

/** Spread evenly; SIGTERM and SIGKILL in turn. */
function brokerRestarts({ durationMs, brokerStops, brokers }: ScheduleOptions, random: Random): Action[] {
  const share = (durationMs - QUIET_MS) / brokerStops
  return Array.from({ length: brokerStops }, (_, i) => ({
    atMs: Math.round(QUIET_MS + share * (i + 0.1 + 0.3 * random())),
    do: 'restart broker',
    broker: below(random, brokers),
    signal: i % 2 === 0 ? 'SIGKILL' : 'SIGTERM',
    downMs: Math.round(500 + random() * 5000),
  }))
}
