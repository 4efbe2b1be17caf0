/** Who watches the traffic: each is started before it, and says afterwards what it has seen. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { ROOT } from '#infra/cli/components.ts'
import { programPath } from '#infra/setup/program.ts'
import { PORT } from './traffic.ts'

export interface Watch {
  readonly device: string
  readonly filter: string
  readonly folder: string
}

export interface Saw {
  readonly packets: number
  readonly dropped: number
}

const TAPWIRE = join(ROOT, 'infra', 'tapwire')
const METRICS = '127.0.0.1:9598'
const MIB = 1024 ** 2
/** As tcpdump's. */
const BUFFER_BYTES = 256 * MIB
const STARTING_MS = 30_000
/** Nothing new for so long: all is processed. */
const QUIET_MS = 3000
const LOOK_MS = 250

/** `tcpdump -w`, with the largest buffer: the yardstick. */
export class Tcpdump {
  readonly file: string
  readonly #child: ChildProcess
  readonly #said: string[] = []

  constructor({ device, filter, folder }: Watch) {
    this.file = join(folder, 'tcpdump.pcap')
    const args = ['-i', device, '-B', '262144', '-s', '0', '-w', this.file, filter]
    this.#child = spawn(programPath('tcpdump')!, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    createInterface({ input: this.#child.stderr! }).on('line', line => this.#said.push(line))
  }

  get pid(): number {
    return this.#child.pid!
  }

  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL')
  }

  async started(): Promise<void> {
    while (!this.#said.some(line => line.includes('listening'))) await delay(20)
  }

  async stop(): Promise<Saw> {
    await delay(1500) // it keeps packets for up to a second
    const closed = once(this.#child, 'close')
    this.#child.kill('SIGINT')
    await closed
    const said = this.#said.join('\n')
    const count = (pattern: RegExp): number => Number(pattern.exec(said)?.[1] ?? 0)
    return { packets: count(/(\d+) packets? captured/), dropped: count(/(\d+) packets? dropped by kernel/) }
  }
}

/** A node: live capture, the embedded log, all stages, and exchanges in a file. */
export class Tapwire {
  readonly output: string
  readonly #child: ChildProcess

  constructor({ device, filter, folder }: Watch, engine: string) {
    this.output = join(folder, 'live.jsonl')
    const config = join(folder, 'tapwire.json')
    const settings = {
      producers: [{ type: 'pcap', interface: device, filter, engine, bufferBytes: BUFFER_BYTES }],
      capture: { queueBytes: 256 * MIB },
      log: { kind: 'embedded', directory: 'log', partitions: 4, maxBytes: 16_384 * MIB, reserveBytes: 0 },
      sinks: [{ type: 'log', path: this.output, topics: ['exchanges'], rotate: { bytes: 64 * 1024 * MIB } }],
      telemetry: { listen: METRICS },
    }
    writeFileSync(config, JSON.stringify(settings))
    this.#child = spawn(process.execPath, [TAPWIRE, 'run', '--config', config], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
  }

  get pid(): number {
    return this.#child.pid!
  }

  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL')
  }

  async started(): Promise<void> {
    const until = performance.now() + STARTING_MS
    while ((await metric('restarts')) === null) {
      if (performance.now() > until) throw new Error('Tapwire did not start')
      await delay(100)
    }
    await delay(1000)
  }

  /** When everything is processed. */
  async stop(): Promise<Saw> {
    for (let size = -1, quiet = 0; quiet < QUIET_MS; ) {
      await delay(LOOK_MS)
      const now = existsSync(this.output) ? statSync(this.output).size : 0
      quiet = now === size && !(await behind()) ? quiet + LOOK_MS : 0
      size = now
    }
    const packets = (await metric('packets')) ?? 0
    const dropped = (await metric('drops.kernel')) ?? 0
    const closed = once(this.#child, 'close')
    this.#child.kill('SIGTERM')
    await closed
    return { packets, dropped }
  }

  answered(): Promise<ReadonlySet<string>> {
    return answered(createReadStream(this.output))
  }
}

/** Live capture alone: decoded when the traffic is over. */
export class CaptureOnly {
  readonly output: string
  readonly #child: ChildProcess
  readonly #ready: Promise<unknown>

  constructor({ device, filter, folder }: Watch, engine: string) {
    this.output = join(folder, 'captured.txt')
    const options = JSON.stringify({ interface: device, filter, engine, bufferBytes: BUFFER_BYTES })
    const script = join(import.meta.dirname, 'capture-only.ts')
    this.#child = spawn(process.execPath, [script, options, this.output], { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#ready = Promise.race([once(this.#child.stdout!, 'data'), failed(this.#child)])
  }

  get pid(): number {
    return this.#child.pid!
  }

  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL')
  }

  async started(): Promise<void> {
    await this.#ready
    await delay(1000)
  }

  async stop(): Promise<Saw> {
    await delay(2500) // tcpdump keeps packets for up to a second, and counters are a second old
    const closed = once(this.#child, 'close')
    this.#child.kill('SIGTERM')
    await closed
    const stats = JSON.parse(readFileSync(this.output, 'utf8').split('\n', 1)[0]!) as Record<string, number>
    return { packets: stats['packets'] ?? 0, dropped: stats['drops.kernel'] ?? 0 }
  }

  /** Paths of the exchanges that have a response. */
  async answered(): Promise<ReadonlySet<string>> {
    return new Set(readFileSync(this.output, 'utf8').split('\n').slice(1, -1))
  }
}

async function failed(child: ChildProcess): Promise<never> {
  await once(child, 'close')
  throw new Error('capture ended early')
}

/** A counter of the producer; null before there is one. */
async function metric(name: string): Promise<number | null> {
  const found = new RegExp(`kind="producer".*name="${name.replace('.', '\\.')}"} (\\d+)`).exec(await metrics())
  return found === null ? null : Number(found[1])
}

/** Some segments are not processed yet. */
async function behind(): Promise<boolean> {
  const lags = [...(await metrics()).matchAll(/^tapwire_partition_lag_records\{.*\} (\d+)$/gm)]
  return lags.length === 0 || lags.some(([, lag]) => lag !== '0')
}

/** Empty before they are served. */
async function metrics(): Promise<string> {
  return fetch(`http://${METRICS}/metrics`).then(
    answer => answer.text(),
    () => '',
  )
}

/** Paths of the exchanges that have a response, from JSON lines. */
export async function answered(lines: Readable): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  for await (const line of createInterface({ input: lines })) {
    const target = /"target":"(\/r\/[\d-]+)"/.exec(line)?.[1]
    if (target !== undefined && line.includes('"response":{')) found.add(target)
  }
  return found
}

/** GoReplay (`go install github.com/buger/goreplay@v1.3.2`), with requests and responses into a file. */
export class GoReplay {
  readonly output: string
  readonly #child: ChildProcess

  constructor(program: string, address: string, folder: string) {
    this.output = join(folder, 'goreplay.gor')
    const input = [
      '--input-raw',
      `${address}:${PORT}`,
      '--input-raw-track-response',
      '--input-raw-buffer-size',
      '256mb',
    ]
    const output = ['--output-file', this.output, '--output-file-append', '--output-file-size-limit', '64gb']
    this.#child = spawn(program, [...input, ...output], { stdio: 'ignore' })
  }

  get pid(): number {
    return this.#child.pid!
  }

  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL')
  }

  async started(): Promise<void> {
    await delay(2000)
  }

  async stop(): Promise<Saw> {
    await delay(4000) // it waits 2 s for the rest of a message
    const closed = once(this.#child, 'close')
    this.#child.kill('SIGINT')
    await closed
    return { packets: 0, dropped: 0 }
  }

  /** Paths of requests, and how many responses. */
  found(): { readonly requests: ReadonlySet<string>; readonly responses: number } {
    const text = existsSync(this.output) ? readFileSync(this.output, 'latin1') : ''
    return {
      requests: new Set([...text.matchAll(/^GET (\/r\/[\d-]+) /gm)].map(match => match[1]!)),
      responses: [...text.matchAll(/^2 [0-9a-f]+ /gm)].length,
    }
  }
}
