/**
 * One run:
 *
 *   captures made ─► brokers ─► processes ─► the schedule ─► drain ─► graceful stop ─► topics, sink and ledger compared
 */
import { randomUUID } from 'node:crypto'
import { copyFileSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { openClient } from '#infra/bus/kafka/client.ts'
import { type Components, loadComponents } from '#infra/cli/components.ts'
import { readSettings } from '#infra/cli/config.ts'
import { kafkaPlan } from '#infra/cli/run/kafka.ts'
import { coverageOf } from '#infra/cli/run/node.ts'
import { openLog } from '#infra/cli/run/open.ts'
import type { Bus } from '#schemas/contracts/bus.ts'
import { mulberry32 } from '#test/driver/random.ts'
import type { Cluster } from '#test/kafka/contract.ts'
import { ownLogs } from '#test/kafka/folders.ts'
import { openCluster } from '#test/kafka/open.ts'
import { BrokerRestarts } from './brokers.ts'
import { drained, perform } from './course.ts'
import { Crew } from './crew.ts'
import { type Expected, expect } from './expected.ts'
import { type Files, newFiles, SESSION_TIMEOUT_MS, writeConfigs } from './files.ts'
import { Fleet } from './fleet.ts'
import { compare, inSink, inTopic } from './found.ts'
import { Journal } from './journal.ts'
import type { ChaosOptions } from './options.ts'
import { firstNames, roleOf, type ScheduleOptions, schedule } from './schedule.ts'
import { writeTraffic } from './traffic.ts'
import { failuresOf, type Results, type Verdict, verdictOf } from './verdict.ts'
import { Watch } from './watch.ts'

export interface ChaosHost {
  readonly show: (text: string) => void
  /** Ends everything, brokers and processes included. */
  readonly signal: AbortSignal
  /** To run on; its brokers are stopped and started. Default: one that is opened for this run. */
  readonly cluster?: Cluster
}

const BROKERS = 3
const CHECKPOINT_MS = 3000
/** Mean time between adding or removing a processing process; in short runs a quarter of them. */
const CHANGE_EVERY_MS = 25_000

export async function runChaos(options: ChaosOptions, host: ChaosHost): Promise<Verdict> {
  const files = newFiles()
  const journal = new Journal(files.journal, host.show)
  journal.say(`seed ${options.seed}, ${options.minutes} minutes, files in ${files.folder}`)
  let passed = false
  try {
    const results = await run(options, host, files, journal)
    const failures = failuresOf(results)
    for (const failure of failures) journal.say(failure)
    passed = failures.length === 0
    const line = verdictOf(options, results)
    return { passed, line: passed ? line : `${line}; see ${files.folder}` }
  } finally {
    if ((passed || host.signal.aborted) && !options.keep) rmSync(files.folder, { recursive: true, force: true })
  }
}

async function run(
  options: ChaosOptions,
  { signal, cluster: given }: ChaosHost,
  files: Files,
  journal: Journal,
): Promise<Results> {
  const captures = await writeCaptures(options, files, journal, signal)
  await using resources = new AsyncDisposableStack()
  const cluster = given ?? resources.use(await openCluster({ brokers: BROKERS }))
  resources.defer(() => keepBrokerLogs(files))
  signal.throwIfAborted()
  journal.say(`${BROKERS} brokers of ${cluster.version} (${cluster.way}): ${cluster.bootstrap.join(', ')}`)
  writeConfigs(files, cluster, {
    captures: options.captures,
    speed: options.killEvery === 0 ? 0 : 1,
    partitions: options.partitions,
    checkpointMs: CHECKPOINT_MS,
    prefix: `chaos-${randomUUID().slice(0, 8)}.`,
  })
  const components = await loadComponents()
  const settings = readSettings(components, files.config('sink-1'), files.folder, {})
  const expected = await expect(captures, components, settings, signal)
  journal.say(`undisturbed: ${expected.ids.exchange.size} exchanges, ${expected.ids.detection.size} detections`)

  const log = await openLog(settings, components, message => journal.say(`here: ${message}`))
  resources.use(log.bus)
  const { log: logSettings } = settings.root
  if (logSettings.kind !== 'kafka') throw new Error(`a log of kind ${logSettings.kind}`)
  const watch = resources.use(new Watch(kafkaPlan(logSettings)))
  const admin = openClient(kafkaPlan(logSettings)).admin()
  await admin.connect()
  resources.defer(() => admin.disconnect())
  const restarts = resources.use(new BrokerRestarts(cluster, admin, journal))
  const argsOf = (name: string): string[] => ['run', '--role', roleOf(name), '--config', files.config(name)]
  const crew = new Crew(journal, onEnd => resources.use(new Fleet({ logs: files.logs, argsOf, onEnd })))

  const plan = scheduleOptions(options)
  const actions = options.killEvery === 0 ? [] : schedule(plan, mulberry32(options.seed))
  await perform(firstNames(plan), actions, crew, restarts, signal)
  const unfinished = await drained(log.bus, settings.root.sinks, options.captures, crew, journal, signal)
  await crew.stop()
  signal.throwIfAborted()
  journal.say('all stopped; comparing')
  return {
    ...(await found(log.bus, components, files, expected)),
    unfinished,
    tally: crew.tally,
    brokerStops: restarts.done,
    watched: watch.watched(crew.tally.processKillsMs),
  }
}

/** The brokers' own folders go with them. */
function keepBrokerLogs({ logs }: Files): void {
  for (const path of ownLogs()) copyFileSync(path, join(logs, basename(path)))
}

async function writeCaptures(
  { captures, seed, minutes, rate }: ChaosOptions,
  files: Files,
  journal: Journal,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const paths: string[] = []
  for (let number = 0; number < captures; number++) {
    const path = files.capture(number + 1)
    const plan = { seed, seconds: minutes * 60, rate, number }
    const { connections, exchanges, attacks } = await writeTraffic(path, plan, signal)
    journal.say(`capture ${number + 1}: ${connections} connections, ${exchanges} exchanges, ${attacks} attacks`)
    paths.push(path)
  }
  return paths
}

function scheduleOptions({ minutes, killEvery, brokerStops, captures, processes }: ChaosOptions): ScheduleOptions {
  const durationMs = minutes * 60_000
  return {
    durationMs,
    killEveryMs: killEvery * 1000,
    changeEveryMs: Math.min(CHANGE_EVERY_MS, durationMs / 4),
    brokerStops,
    brokers: BROKERS,
    sessionTimeoutMs: SESSION_TIMEOUT_MS,
    captures,
    processing: processes,
    sinks: 1,
  }
}

async function found(bus: Bus, components: Components, files: Files, expected: Expected) {
  const sunk = await inSink(files.sink)
  return {
    published: [
      compare('exchange', await inTopic(bus, 'exchange'), expected),
      compare('detection', await inTopic(bus, 'detection'), expected),
    ],
    sunk: [compare('exchange', sunk.exchange, expected), compare('detection', sunk.detection, expected)],
    ledger: (await coverageOf(bus, components)).counts(),
    expectedLedger: expected.ledger,
  } as const
}
