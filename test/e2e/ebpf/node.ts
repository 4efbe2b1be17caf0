/** A node with the eBPF producer, as a user runs it, and what it has published. */
import { type ChildProcess, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { openEmbedded } from '#infra/bus/embedded/index.ts'
import { agentPresent } from '#infra/setup/ebpf-agent.ts'
import { commandOf } from '#producers/ebpf/command.ts'
import spec from '#producers/ebpf/index.ts'
import { decodeRecord } from '#schemas/avro/records.ts'
import type { Detection } from '#schemas/records/detection.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import { missing, needs } from '#test/needs.ts'
import { type Ended, tapwire } from '../tapwire.ts'

const MIB = 1024 ** 2
const PATIENCE_MS = 60_000

/** `if (!ready(t)) return`: true when the agent is there and may run. */
export function ready(t: TestContext, ...programs: readonly string[]): boolean {
  if (!agentPresent()) return missing(t, 'the eBPF agent is not built (npm run setup builds it)')
  const { program } = commandOf(spec.config.parse({}))
  const check = spawnSync(program, ['--check'])
  if (check.status !== 0) return missing(t, 'the eBPF agent may not run here (CAP_BPF, CAP_PERFMON, CAP_SYS_PTRACE)')
  return programs.every(name => needs(t, name))
}

export interface Published {
  readonly exchanges: readonly Exchange[]
  readonly detections: readonly Detection[]
  readonly ended: Ended
}

export interface Running {
  readonly child: ChildProcess
  /** Waits until so many exchanges that `of` wants are in the sink. */
  seen(of: (target: string) => boolean, wanted: number): Promise<void>
  /** Is it in the sink now? */
  came(target: string): boolean
}

const PARTITIONS = 2

/**
 * Runs a node with this selection while `traffic` goes on, and reads its log when it has stopped. `more`: other keys of the
 * producer.
 */
export async function capture(
  folder: string,
  selection: object,
  traffic: (running: Running) => Promise<void>,
  more: object = {},
): Promise<Published> {
  const config = {
    producers: [{ type: 'ebpf', selection, limits: { ringBytes: 64 * MIB }, ...more }],
    processors: { http: { body: { keep: 16 * MIB } } },
    // Bodies are compared to the byte.
    masking: { enabled: false },
    sinks: [{ type: 'log', path: 'out.jsonl', topics: ['exchanges'] }],
    log: { kind: 'embedded', directory: 'log', partitions: PARTITIONS, durability: 'process', reserveBytes: 0 },
    workers: 1,
    telemetry: { listen: false },
  }
  const file = join(folder, 'tapwire.yaml')
  writeFileSync(file, JSON.stringify(config))
  const over = new AbortController()
  let failure: unknown = null
  let going = Promise.resolve()
  const ended = await tapwire(['run', '--config', file], {
    during: child => {
      const seen: Running['seen'] = async (of, wanted) => {
        for (const until = Date.now() + PATIENCE_MS; targets(folder).filter(of).length < wanted; ) {
          if (Date.now() > until) throw new Error(`${targets(folder).filter(of).length} of ${wanted} exchanges came`)
          await delay(100, undefined, { signal: over.signal })
        }
      }
      going = traffic({ child, seen, came: target => targets(folder).includes(target) })
        .catch(error => {
          failure ??= error
        })
        .finally(() => child.kill('SIGTERM'))
    },
  })
  over.abort()
  await going
  if (failure !== null) throw new Error(`${ended.stdout}\n${ended.stderr}`, { cause: failure })
  return { ...(await stored(folder)), ended }
}

/**
 * What the node said on standard error, without what it has to say of processes: connections that began while the agent was
 * still finding their library are such.
 */
export function complaints({ stderr }: Ended): string[] {
  return stderr.split('\n').filter(line => line !== '' && !/"msg":"ebpf\/host: process \d+ /.test(line))
}

function targets(folder: string): string[] {
  const file = join(folder, 'out.jsonl')
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1)
  return lines.map(line => (JSON.parse(line) as { request: { target: string } }).request.target)
}

async function stored(folder: string): Promise<Omit<Published, 'ended'>> {
  const exchanges: Exchange[] = []
  const detections: Detection[] = []
  const limits = { maxBytes: 1024 * MIB, reserveBytes: 0 }
  await using bus = await openEmbedded({
    directory: join(folder, 'log'),
    partitions: PARTITIONS,
    durability: 'process',
    limits,
    readOnly: true,
  })
  for (const [topic, into] of [
    ['exchanges', exchanges],
    ['detections', detections],
  ] as const) {
    for (let partition = 0; partition < bus.partitions(topic); partition++) {
      for await (const { records } of bus.read(topic, partition, 0)) {
        for (const { value } of records) into.push(decodeRecord(topic, value!) as never)
      }
    }
  }
  return { exchanges, detections }
}
