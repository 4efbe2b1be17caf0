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

interface Known {
  readonly target: Target
  /** Is it named to the agent by its cgroup, or by itself? */
  readonly byCgroup: boolean
}

/** The processes of a cgroup do not differ for the rules: the last one that was looked at speaks for all. */
interface Group {
  watch: Watch
  members: number
}

export class Targets {
  readonly #options: TargetsOptions
  #rules: Rules
  readonly #known = new Map<number, Known>()
  readonly #groups = new Map<bigint, Group>()
  readonly #single = new Map<number, Watch>()
  /** What was said, without `none`, … */
  readonly #saidOfCgroups = new Map<bigint, Watch>()
  readonly #saidOfPids = new Map<number, Watch>()
  /** … and what of that may no longer hold. */
  readonly #cgroups = new Set<bigint>()
  readonly #pids = new Set<number>()
  #refused = 0

  constructor(rules: Rules, options: TargetsOptions) {
    this.#rules = rules
    this.#options = options
  }

  get size(): number {
    return this.#known.size
  }

  /** How many processes found no room. */
  get refused(): number {
    return this.#refused
  }

  /** New, or known and changed: after exec, or moved to another cgroup. */
  set(targets: Iterable<Target>): Changes {
    for (const target of targets) {
      this.#remove(target.pid)
      if (this.#known.size < this.#options.limit) this.#add(target)
      else this.#refused++
    }
    return this.#changes()
  }

  /** Processes that ended. */
  delete(pids: Iterable<number>): Changes {
    for (const pid of pids) this.#remove(pid)
    return this.#changes()
  }

  useRules(rules: Rules): Changes {
    this.#rules = rules
    return this.refresh()
  }

  /** Decides anew about all: call it when what `locate` knows has changed. */
  refresh(): Changes {
    for (const { target } of [...this.#known.values()]) {
      this.#remove(target.pid)
      this.#add(target)
    }
    return this.#changes()
  }

  /** About a process as a whole, or one connection of it; of a connection a `perhaps` is a no. */
  verdict(pid: number, connection: ConnectionFacts | null): Verdict {
    const known = this.#known.get(pid)
    return known === undefined ? UNKNOWN_PROCESS : this.#decide(known.target, connection)
  }

  #add(target: Target): void {
    const { pid, cgroupId } = target
    const byCgroup = !this.#rules.byProcess && cgroupId !== 0n
    this.#known.set(pid, { target, byCgroup })
    const watch = this.#watch(target)
    if (!byCgroup) {
      this.#single.set(pid, watch)
      this.#pids.add(pid)
      return
    }
    const group = this.#groups.get(cgroupId) ?? { watch, members: 0 }
    group.watch = watch
    group.members++
    this.#groups.set(cgroupId, group)
    this.#cgroups.add(cgroupId)
  }

  #remove(pid: number): void {
    const known = this.#known.get(pid)
    if (known === undefined) return
    this.#known.delete(pid)
    if (!known.byCgroup) {
      this.#single.delete(pid)
      this.#pids.add(pid)
      return
    }
    const { cgroupId } = known.target
    const group = this.#groups.get(cgroupId)!
    group.members--
    if (group.members === 0) this.#groups.delete(cgroupId)
    this.#cgroups.add(cgroupId)
  }

  #changes(): Changes {
    const cgroups = settle(this.#cgroups, this.#saidOfCgroups, id => this.#groups.get(id)?.watch)
    const pids = settle(this.#pids, this.#saidOfPids, pid => this.#single.get(pid))
    return { cgroups, pids }
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

/** What is to be said anew of these, which then counts as said. */
function settle<Id>(
  touched: Set<Id>,
  said: Map<Id, Watch>,
  watchOf: (id: Id) => Watch | undefined,
): ReadonlyMap<Id, Watch> {
  const changes = new Map<Id, Watch>()
  for (const id of touched) {
    const watch = watchOf(id) ?? 'none'
    if (watch === (said.get(id) ?? 'none')) continue
    changes.set(id, watch)
    if (watch === 'none') said.delete(id)
    else said.set(id, watch)
  }
  touched.clear()
  return changes
}
