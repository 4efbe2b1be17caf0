/**
 * The processes of this machine, what the rules say about them, and the agent's lines for that.
 *
 * What the agent has to watch is decided for processes or whole cgroups, and said in lines; what is published, for every
 * connection, here: lines are late by nature, and rules may ask for more than the agent knows.
 */
import { readdirSync } from 'node:fs'
import type { ProcessDetails } from '#schemas/records/about.ts'
import { formatIp } from '#schemas/records/flow.ts'
import { whereabouts } from './kubernetes/cgroup.ts'
import type { ConnectionBody, ProcessEvent } from './messages.ts'
import type { ConnectionFacts, Location } from './selection/facts.ts'
import { type ProcessRoots, readProcess } from './selection/process.ts'
import type { Rules } from './selection/select.ts'
import { type Changes, type Target, Targets } from './selection/targets.ts'

export interface WatchedOptions {
  readonly roots: ProcessRoots
  readonly users: ReadonlyMap<number, string>
  readonly node: string | null
  /** Most processes that are kept. */
  readonly most: number
  locate(cgroup: string): Location
}

export class Watched {
  readonly #options: WatchedOptions
  readonly #targets: Targets
  readonly #known = new Map<number, Target>()
  /** Processes that began or changed, and those that ended, since the last `lines`. */
  readonly #begun = new Set<number>()
  readonly #ended = new Set<number>()
  /** What the agent was told: by `cgroup <id>` or `pid <pid>`. */
  readonly #told = new Map<string, string>()
  #news: string[] = []

  constructor(rules: Rules, options: WatchedOptions) {
    this.#options = options
    this.#targets = new Targets(rules, { node: options.node, limit: options.most, locate: options.locate })
    this.#tellPorts(rules)
  }

  /** `processes`: known; `processes.refused`: for which there was no room. */
  stats(): Record<string, number> {
    return { processes: this.#known.size, 'processes.refused': this.#targets.refused }
  }

  /** Everything that a new agent has to be told, after a look at all processes. */
  begin(): string[] {
    const pids = readdirSync(this.#options.roots.proc).filter(name => /^\d+$/.test(name))
    const gone = new Set(this.#known.keys())
    const found = pids.flatMap(name => this.#read(Number(name)) ?? [])
    for (const { pid } of found) gone.delete(pid)
    this.#begun.clear()
    for (const pid of gone) this.#ended.add(pid)
    this.#bury()
    this.#tell(this.#targets.set(found))
    this.#news = []
    return ['default none', ...Array.from(this.#told, ([whom, word]) => `${whom} ${word}`), 'apply']
  }

  /** What has changed for the agent since the last call. */
  lines(): string[] {
    this.#bury()
    if (this.#begun.size > 0) {
      this.#tell(this.#targets.set([...this.#begun].flatMap(pid => this.#read(pid) ?? [])))
      this.#begun.clear()
    }
    const lines = this.#news
    this.#news = []
    return lines.length === 0 ? [] : [...lines, 'apply']
  }

  event(event: ProcessEvent): void {
    switch (event.event) {
      case 'exec':
      case 'fork':
        // The number belongs to another process now, of which the agent has been told nothing.
        if (this.#ended.has(event.pid)) this.#bury()
        this.#begun.add(event.pid)
        break
      case 'exit':
        this.#begun.delete(event.pid)
        this.#ended.add(event.pid)
        break
      case 'probed':
      case 'unseen':
        break
      default:
        event satisfies never
    }
  }

  useRules(rules: Rules): void {
    this.#tell(this.#targets.useRules(rules))
    this.#tellPorts(rules)
  }

  /** What is known about pods has changed. */
  refresh(): void {
    this.#tell(this.#targets.refresh())
  }

  /** Is this connection to be published? */
  wants(body: ConnectionBody): boolean {
    this.#meet(body.pid)
    return this.#targets.verdict(body.pid, factsOf(body)).mirror === 'yes'
  }

  describe({ pid, comm, side }: ConnectionBody): ProcessDetails {
    this.#meet(pid)
    const target = this.#known.get(pid)
    if (target === undefined) return { pid, name: comm, side }
    const { pod } = this.#options.locate(target.cgroup)
    const { pod: uid, container } = whereabouts(target.cgroup)
    const known = typeof pod === 'object' ? { uid: pod.uid, namespace: pod.namespace, name: pod.name } : null
    const named = known ?? (uid === null ? null : { uid })
    return {
      pid,
      name: comm,
      ...(target.exe === null ? {} : { executable: target.exe.slice(0, 256) }),
      side,
      ...(container === null ? {} : { container }),
      ...(named === null ? {} : { pod: named }),
    }
  }

  #bury(): void {
    if (this.#ended.size === 0) return
    for (const pid of this.#ended) this.#known.delete(pid)
    this.#tell(this.#targets.delete(this.#ended))
    this.#ended.clear()
  }

  /** A connection may be told about before its process is. */
  #meet(pid: number): void {
    if (this.#known.has(pid) && !this.#begun.has(pid)) return
    this.#begun.delete(pid)
    const target = this.#read(pid)
    if (target !== null) this.#tell(this.#targets.set([target]))
  }

  #read(pid: number): Target | null {
    const target = readProcess(pid, this.#options.roots, this.#options.users)
    if (target === null) return null
    if (this.#known.size >= this.#options.most && !this.#known.has(pid)) return target
    this.#known.set(pid, target)
    return target
  }

  #tell({ cgroups, pids }: Changes): void {
    for (const [id, watch] of cgroups) this.#say(`cgroup ${id}`, watch)
    for (const [pid, watch] of pids) this.#say(`pid ${pid}`, watch)
  }

  /** Where only some ports can be selected, the agent lets all else pass without a look. */
  #tellPorts({ ports }: Rules): void {
    const wanted = this.#options.node === null ? ports : null
    for (const whom of this.#told.keys()) {
      const port = /^port (\d+)$/.exec(whom)?.[1]
      if (port !== undefined && wanted?.has(Number(port)) !== true) this.#say(whom, 'none')
    }
    for (const port of wanted ?? []) this.#say(`port ${port}`, 'allow')
    this.#say('port-default', wanted === null ? 'allow' : 'deny', 'allow')
  }

  /** `initial`: what holds for those whom nothing was said about. */
  #say(whom: string, watch: string, initial = 'clear'): void {
    const word = watch === 'none' ? 'clear' : watch
    if ((this.#told.get(whom) ?? initial) === word) return
    if (word === initial) this.#told.delete(whom)
    else this.#told.set(whom, word)
    this.#news.push(`${whom} ${word}`)
  }
}

function factsOf({ side, localPort, remotePort, remote }: ConnectionBody): ConnectionFacts {
  return {
    direction: side === 'server' ? 'inbound' : 'outbound',
    port: side === 'server' ? localPort : remotePort,
    peer: formatIp(remote, 0, remote.length),
  }
}
