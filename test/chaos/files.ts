/** The files of one run: captures, a configuration per role and capture, what the processes write. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Brokers } from '#test/kafka/contract.ts'
import { roleOf } from './schedule.ts'

export interface Files {
  readonly folder: string
  readonly logs: string
  readonly journal: string
  readonly sink: string
  capture(number: number): string
  config(name: string): string
}

export function newFiles(): Files {
  const folder = mkdtempSync(join(tmpdir(), 'tapwire-chaos-'))
  const logs = join(folder, 'logs')
  mkdirSync(logs)
  return {
    folder,
    logs,
    journal: join(folder, 'journal.log'),
    sink: join(folder, 'sink.jsonl'),
    capture: number => join(folder, `capture-${number}.pcap`),
    // Processing processes and sinks have one configuration each, however many they are.
    config: name => join(folder, `${roleOf(name) === 'capture' ? name : roleOf(name)}.yaml`),
  }
}

export interface ConfigOptions {
  readonly captures: number
  /** Of the captures: 1 is their own pace, 0 as fast as possible. */
  readonly speed: number
  readonly partitions: number
  readonly checkpointMs: number
  /** Begins the names of all topics and groups. */
  readonly prefix: string
}

/** A dead process is noticed after the shortest time that brokers allow unless told otherwise. */
export const SESSION_TIMEOUT_MS = 6000
const TRANSACTION_TIMEOUT_MS = 10_000

export function writeConfigs(files: Files, { bootstrap }: Brokers, options: ConfigOptions): void {
  const key = join(files.folder, 'flow-hash-key')
  writeFileSync(key, '00112233445566778899aabbccddeeff\n')
  const common = {
    sensor: 'chaos',
    flowHashKey: { file: key },
    log: {
      kind: 'kafka',
      brokers: bootstrap,
      prefix: options.prefix,
      partitions: options.partitions,
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
      transactionTimeoutMs: TRANSACTION_TIMEOUT_MS,
    },
    workers: 1,
    checkpoint: { everyMs: options.checkpointMs },
    telemetry: { listen: false },
  }
  const write = (name: string, own: object): void =>
    writeFileSync(files.config(name), JSON.stringify({ ...common, ...own }))
  for (let number = 1; number <= options.captures; number++) {
    const producers = [{ type: 'pcap-file', path: files.capture(number), speed: options.speed }]
    write(`capture-${number}`, { producers })
  }
  write('process-1', {})
  const rotate = { bytes: Number.MAX_SAFE_INTEGER, every: 'never' }
  write('sink-1', { sinks: [{ type: 'log', path: files.sink, topics: ['exchanges', 'detections'], rotate }] })
}
