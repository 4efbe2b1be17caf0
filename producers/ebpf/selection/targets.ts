/**
 * The processes that are known, and which of them the agent has to watch. Says what changes when a process comes or goes,
 * when rules change, or what is known about pods.
 *
 * Where the rules ask for nothing that differs inside a cgroup, whole cgroups are named: their new processes are watched
 * from the first byte on. Otherwise each process is.
 */
import type { ConnectionFacts, Facts, Location, ProcessFacts } from './facts.ts'
import { type Rules, select, type Verdict } from './select.ts'

/** Which connections of a process the agent has to watch: those it accepted (`in`), those it opened (`out`). */
export type Watch = 'none' | 'in' | 'out' | 'both'

/** What is to be said to the agent; `none`: no more. */
export interface Changes {
  /** By id of the cgroup. */
  readonly cgroups: ReadonlyMap<bigint, Watch>
  /** By thread group id. */
  readonly pids: ReadonlyMap<number, Watch>
}

/** A process as the agent or /proc shows it. */
export interface Target extends ProcessFacts {
  /**
   * As `bpf_get_current_cgroup_id` has it: the inode number of the directory in the cgroup v2 hierarchy. 0 when that tells
   * nothing about the process, because containers have groups of v1 only.
   */
  readonly cgroupId: bigint
}

export interface TargetsOptions {
  readonly node: string | null
  /** Most processes that are kept; more are not mirrored, and counted. */
  readonly limit: number
  /** Where the processes of a cgroup run, as far as that is known now. */
  locate(cgroup: string): Location
}

const UNKNOWN_PROCESS: Verdict = { mirror: 'no', why: 'the process is not known' }

export class Targets {
  readonly #options: TargetsOptions
  #rules: Rules
  readonly #targets = new Map<number, Target>()
  #cgroups: ReadonlyMap<bigint, Watch> = new Map()
  #pids: ReadonlyMap<number, Watch> = new Map()
  #refused = 0

  constructor(rules: Rules, options: TargetsOptions) {
    this.#rules = rules
    this.#options = options
  }

  get size(): number {
    return this.#targets.size
  }

  /** How many processes found no room. */
  get refused(): number {
    return this.#refused
  }

  /** New, or known and changed: after exec, or moved to another cgroup. */
  set(targets: Iterable<Target>): Changes {
    for (const target of targets) {
      if (this.#targets.size < this.#options.limit || this.#targets.has(target.pid))
        this.#targets.set(target.pid, target)
      else this.#refused++
    }
    return this.refresh()
  }

  /** Processes that ended. */
  delete(pids: Iterable<number>): Changes {
    for (const pid of pids) this.#targets.delete(pid)
    return this.refresh()
  }

  useRules(rules: Rules): Changes {
    this.#rules = rules
    return this.refresh()
  }

  /** Decides anew about all: call it when what `locate` knows has changed. */
  refresh(): Changes {
    const cgroups = new Map<bigint, Watch>()
    const pids = new Map<number, Watch>()
    for (const target of this.#targets.values()) {
      const watch = this.#watch(target)
      if (watch === 'none') continue
      if (this.#rules.byProcess || target.cgroupId === 0n) pids.set(target.pid, watch)
      else cgroups.set(target.cgroupId, watch)
    }
    const changes = { cgroups: difference(this.#cgroups, cgroups), pids: difference(this.#pids, pids) }
    this.#cgroups = cgroups
    this.#pids = pids
    return changes
  }

  /** About a process as a whole, or one connection of it; of a connection a `perhaps` is a no. */
  verdict(pid: number, connection: ConnectionFacts | null): Verdict {
    const target = this.#targets.get(pid)
    return target === undefined ? UNKNOWN_PROCESS : this.#decide(target, connection)
  }

  /** What may be mirrored has to be watched: the rest is decided for each connection. */
  #watch(target: Target): Watch {
    const may = (direction: ConnectionFacts['direction']): boolean =>
      this.#decide(target, { direction, port: null, peer: null }).mirror !== 'no'
    if (may('inbound')) return may('outbound') ? 'both' : 'in'
    return may('outbound') ? 'out' : 'none'
  }

  #decide(process: Target, connection: ConnectionFacts | null): Verdict {
    const { node, locate } = this.#options
    const facts: Facts = { node, process, ...locate(process.cgroup), connection }
    return select(this.#rules, facts)
  }
}

function difference<Id>(before: ReadonlyMap<Id, Watch>, after: ReadonlyMap<Id, Watch>): ReadonlyMap<Id, Watch> {
  const changes = new Map<Id, Watch>()
  for (const [id, watch] of after) if (before.get(id) !== watch) changes.set(id, watch)
  for (const id of before.keys()) if (!after.has(id)) changes.set(id, 'none')
  return changes
}
