/** Captures plaintext of connections from inside the processes of this machine, through eBPF. */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { Usage } from '#schemas/contracts/errors.ts'
import type { ProducerSpec } from '#schemas/contracts/producer.ts'
import { livePosition } from '#schemas/wire/live-position.ts'
import { WallClock } from '#schemas/wire/wall-clock.ts'
import { AgentProcess } from './agent-process.ts'
import { Agents } from './agents.ts'
import { Capture } from './capture.ts'
import { commandOf, isBuilt } from './command.ts'
import { Connections } from './connections.ts'
import { Dispatch } from './dispatch.ts'
import { kubernetes, nodeOf } from './kubernetes/config.ts'
import { News } from './news.ts'
import { Outlet } from './outlet.ts'
import { judge, readMachine, refusal } from './requirements.ts'
import { selection, unwise } from './selection/config.ts'
import { cgroupBase, parseUsers } from './selection/process.ts'
import { Watched } from './watched.ts'

const KIB = 1024
const MIB = 1024 ** 2

const path = z.string().min(1).max(4096)

const limits = z
  .strictObject({
    connections: z
      .int()
      .min(16)
      .max(1_000_000)
      .default(65_536)
      .describe('Open connections; one more takes the place of a silent one, or is not followed by the agent'),
    processes: z.int().min(16).max(1_000_000).default(65_536).describe('Processes known; more are not mirrored'),
    ringBytes: z
      .int()
      .min(256 * KIB)
      .max(1024 * MIB)
      .default(16 * MIB)
      .refine(bytes => Number.isInteger(Math.log2(bytes)), { error: 'must be a power of two' })
      .describe("The kernel's buffer for what is not read yet; what finds it full is a gap"),
    callBytes: z
      .int()
      .min(4 * KIB)
      .max(16 * MIB)
      .default(4 * MIB)
      .describe('Most bytes taken of one system or TLS call; the rest is a gap'),
    heldBytes: z
      .int()
      .min(64 * KIB)
      .max(1024 * MIB)
      .default(16 * MIB)
      .describe('Plaintext that waits until it is known whose it is'),
  })
  .prefault({})
  .describe('Bounds on memory')

const config = z.strictObject({
  selection,
  rules: path.optional().describe('A file with the keys of selection, which it replaces; read again when it changes'),
  tls: z.boolean().default(true).describe('Read plaintext of TLS connections where a library is known'),
  kubernetes: kubernetes.optional(),
  agent: path.optional().describe('The program, if it is not where npm run setup puts it'),
  proc: path.default('/proc').describe("Where the node's /proc is"),
  cgroups: path.default('/sys/fs/cgroup').describe('Where the cgroup v2 hierarchy is'),
  delayMs: z
    .int()
    .min(1)
    .max(10_000)
    .default(100)
    .describe('Most milliseconds that captured bytes wait for a batch to fill'),
  limits,
})

export type Config = z.output<typeof config>

export default {
  kind: 'producer',
  name: 'ebpf',
  summary: 'Captures plaintext from inside the processes of this machine, through eBPF',
  flow: 'shed',
  config,
  warnings: ({ selection: selected, rules, kubernetes }) =>
    rules === undefined ? unwise(selected, kubernetes !== undefined) : [],
  source: ({ kubernetes }) => (kubernetes === undefined ? 'host' : nodeOf(kubernetes)),
  async open(options, host) {
    const command = commandOf(options)
    if (!isBuilt(command)) {
      throw new Usage(`${command.program}: there is no agent: npm run setup -- ebpf builds it`)
    }
    const missing = refusal(judge(await readMachine()))
    if (missing !== null) throw new Usage(missing)
    const position = livePosition(host.position)
    const clock = new WallClock()
    const news = await News.open(options, host.directory, host.warn)
    const watched = new Watched(news.rules, {
      roots: { proc: options.proc, cgroups: options.cgroups, base: cgroupBase(options.cgroups) },
      users: parseUsers(passwd()),
      node: news.node,
      most: options.limits.processes,
      locate: cgroup => news.locate(cgroup),
    })
    const outlet = new Outlet({
      sensor: host.sensor,
      source: news.node ?? 'host',
      partitions: host.partitions,
      flowHashKey: host.flowHashKey,
      batchBytes: host.batchBytes,
      time: position.time,
      number: position.packets,
    })
    const connections = new Connections(outlet, {
      most: options.limits.connections,
      wants: body => watched.wants(body),
      describe: body => watched.describe(body),
    })
    const warn = host.warn ?? (() => {})
    const dispatch = new Dispatch(connections, watched, outlet, clock, warn)
    const machine = {
      start: () => new AgentProcess(command),
      now: () => Date.now(),
      sleep: (ms: number, signal: AbortSignal) => sleep(ms, undefined, { signal }).catch(() => {}),
    }
    const agents = new Agents(machine, dispatch.handle)
    try {
      await agents.start()
    } catch (error) {
      await news[Symbol.asyncDispose]()
      throw error
    }
    news.follow(watched)
    const { batchBytes } = host
    const { delayMs } = options
    return new Capture({ agents, dispatch, connections, watched, outlet, clock, news, batchBytes, delayMs, warn })
  },
} satisfies ProducerSpec<Config>

function passwd(): string {
  try {
    return readFileSync('/etc/passwd', 'utf8')
  } catch {
    return '' // rules name users by number then
  }
}
