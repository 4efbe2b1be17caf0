/** What `tapwire replay` does with its flags: opens, runs, says what came of it. */
import { progressBar } from '#infra/telemetry/progress.ts'
import type { TopicName } from '#schemas/avro/topics.ts'
import type { Bus } from '#schemas/contracts/bus.ts'
import { Usage } from '#schemas/contracts/errors.ts'
import { isoTime } from '#schemas/json/time.ts'
import type { Detection } from '#schemas/records/detection.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import type { Args, Io } from '../command.ts'
import { type Components, loadComponents } from '../components.ts'
import { readSettings, type Settings } from '../config.ts'
import { lineTypes } from '../line.ts'
import { LINE_TOPICS } from '../pipeline.ts'
import { monotone } from '../run/clock.ts'
import { masker, maskingPlan } from '../run/masking.ts'
import { Begun } from './begun.ts'
import { parseBudget, UNLIMITED } from './budget.ts'
import { Differ } from './differ.ts'
import { linesTo, type Outlet, openText, openTopics } from './outlet.ts'
import { type Range, resolveRange, type Times, timesOf } from './range.ts'
import { type Ending, type Read, type ReplayOptions, replay } from './replay.ts'
import { DifferenceReport, differenceLine } from './report.ts'
import { type Published, Rerun } from './rerun.ts'
import { openStored } from './stored.ts'
import { formatOffsets, parsePlace, UNIT_US } from './when.ts'

const SEGMENTS = 'segments'
const WARM_UP = '60s'

export async function runReplay(args: Args, io: Io): Promise<number> {
  if (args.positionals.length > 0)
    throw new Usage(`no arguments, only flags: ${args.positionals.join(' ')} is too much, see 'tapwire replay --help'`)
  checkFlags(args)
  const place = (flag: string) => {
    const text = args.text(flag)
    return text === undefined ? null : parsePlace(flag, text, Date.now())
  }
  const asked = {
    topic: SEGMENTS,
    from: place('from'),
    to: place('to'),
    warmUp: warmUpOf(args.text('warm-up') ?? WARM_UP),
  }
  const budget = args.text('budget') === undefined ? UNLIMITED : parseBudget(args.text('budget')!)
  const components = await loadComponents()
  const file = args.text('config') ?? 'tapwire.yaml'
  const settings = readSettings(components, file, io.cwd, io.env)
  const other = args.text('with')
  const after = other === undefined ? settings : readSettings(components, other, io.cwd, io.env)
  lineTypes(args.text('only'), components)

  await using bus = await openStored(settings, components, args.text('to-topic') === undefined ? 'read' : 'write')
  const range = await resolveRange(bus, asked)
  if (range.spans.length === 0) return nothing(io, range)
  const begun = new Begun()
  const shared = { args, io, bus, components, begun, times: timesOf(asked.from, asked.to) }
  const job = args.is('diff')
    ? await comparing(shared, { file, settings }, { file: other!, settings: after })
    : await repeating(shared, after)
  const bar = progressBar(io.stderr)
  const show = io.stdout.isTTY !== true
  const { read, ending } = await replay(bus, {
    topic: SEGMENTS,
    spans: range.spans,
    reruns: job.reruns,
    budget,
    clock: monotone,
    signal: io.signal,
    begun,
    after: async ({ bytes }) => {
      if (show) bar.update('replay', { done: bytes, total: null })
      await job.flush()
    },
  })
  bar.clear()
  await job.end()
  if (ending.kind === 'done' && job.reruns.every(rerun => rerun.aloud === 0) && read.undecodable === 0)
    return nothing(io, range)
  return conclude(io, { job, read, ending, budget: budget.text, to: args.text('to') })
}

interface Shared {
  readonly args: Args
  readonly io: Io
  readonly bus: Bus
  readonly components: Components
  readonly begun: Begun
  readonly times: Times
}

interface Job extends Pick<ReplayOptions, 'reruns'> {
  /** Results whose connection began before reading did. */
  affected: number
  flush(): Promise<void>
  end(): Promise<void>
}

/** One configuration, everything it finds to the outlet. */
async function repeating({ args, io, bus, components, begun, times }: Shared, settings: Settings): Promise<Job> {
  const { processors } = settings
  const types = lineTypes(args.text('only'), components)
  const topics = [...new Set(types.map((type): TopicName => LINE_TOPICS[type]))]
  const prefix = args.text('to-topic')
  const outlet: Outlet =
    prefix === undefined
      ? linesTo(await openText(args.text('output'), io), types, args.is('bodies'))
      : await openTopics(bus, prefix, topics, io)
  const job: Job = { reruns: [], affected: 0, flush: () => outlet.flush(), end: () => outlet.end() }
  // As the live run publishes it: what detections may quote depends on the exchange before them.
  const mask = masker(maskingPlan(settings))
  const rerun = new Rerun(
    components,
    processors,
    [...new Set([LINE_TOPICS.exchange, ...topics])],
    (topic, key, value, time) => {
      const masked = mask(topic, value) as Published
      if (!topics.includes(topic as TopicName)) return
      if (begun.has(value.connection.id)) job.affected++
      outlet.value(topic, key, masked, time)
    },
    times,
  )
  return Object.assign(job, { reruns: [rerun] })
}

interface Side {
  readonly file: string
  readonly settings: Settings
}

/** Two configurations over the same records: their detections are compared. */
async function comparing({ args, io, components, begun, times }: Shared, before: Side, after: Side): Promise<Job> {
  const text = await openText(args.text('output'), io)
  const report = new DifferenceReport()
  const lines = args.is('lines')
  let exchanges = 0
  const differ = new Differ(difference => {
    if (lines) text.line(differenceLine(difference))
    else report.add(difference)
  })
  const job: Job = {
    reruns: [],
    affected: 0,
    flush: async () => {
      differ.between()
      await text.flush()
    },
    end: async () => {
      differ.end()
      if (!lines) text.line(report.render({ before: before.file, after: after.file, exchanges, same: differ.same }))
      await text.end()
    },
  }
  const masking = maskingPlan(before.settings)
  const rerun = ({ settings }: Side, take: (detection: Detection) => void): Rerun => {
    const mask = masker(masking)
    return new Rerun(
      components,
      settings.processors,
      [LINE_TOPICS.exchange, LINE_TOPICS.detection],
      (topic, _key, value) => {
        const masked = mask(topic, value)
        if (topic === LINE_TOPICS.detection) {
          if (begun.has(value.connection.id)) job.affected++
          take(masked as Detection)
        } else if (settings === after.settings && (value as unknown as Exchange).message === null) exchanges++
      },
      times,
    )
  }
  return Object.assign(job, {
    reruns: [rerun(before, detection => differ.was(detection)), rerun(after, detection => differ.now(detection))],
  })
}

interface Concluded {
  readonly job: Job
  readonly read: Read
  readonly ending: Ending
  readonly budget: string
  readonly to: string | undefined
}

/** Says on standard error what a reader of the results has to know. Returns the exit code. */
function conclude(io: Io, { job, read, ending, budget, to }: Concluded): number {
  const say = (line: string): void => void io.stderr.write(`tapwire: ${line}\n`)
  if (job.affected > 0)
    say(
      `${job.affected} results belong to connections that were open where reading began: their ids are not those of the live run (--warm-up reads further back)`,
    )
  for (const reason of read.reasons) say(`not decoded: ${reason}`)
  if (read.undecodable > read.reasons.length) say(`not decoded: ${read.undecodable} records in all`)
  const errors = [...new Set(job.reruns.flatMap(rerun => rerun.errors))]
  for (const error of errors) say(`internal error, please report it: ${error}`)
  if (ending.kind !== 'done') {
    const on = `--from ${formatOffsets(ending.rest)}${to === undefined ? '' : ` --to ${to}`}`
    const where = ending.muted ? 'in the warm-up, with nothing to show' : `at ${isoTime(ending.time)}`
    say(`${ending.kind === 'budget' ? `the budget of ${budget} is spent` : 'interrupted'} ${where}; go on with ${on}`)
  }
  if (ending.kind === 'interrupted') return 130
  return errors.length > 0 || read.undecodable > 0 ? 1 : 0
}

function checkFlags(args: Args): void {
  const topic = args.text('topic') ?? SEGMENTS
  if (topic !== SEGMENTS)
    throw new Usage(`--topic ${topic}: only ${SEGMENTS} can be processed again, the other topics are made from it`)
  if (args.is('diff') && args.text('with') === undefined)
    throw new Usage('--diff compares two configurations: name the other one with --with FILE')
  for (const flag of ['to-topic', 'only']) {
    if (args.is('diff') && args.text(flag) !== undefined)
      throw new Usage(`--diff prints differences of detections: it does not go with --${flag}`)
  }
  if (args.text('to-topic') !== undefined && args.text('output') !== undefined)
    throw new Usage('--to-topic and --output: choose one')
  if (args.is('lines') && !args.is('diff')) throw new Usage('--lines goes with --diff: without it there are only lines')
}

function warmUpOf(text: string): number {
  const parts = /^(\d{1,6})(s|m|h)$/.exec(text)
  if (parts === null) throw new Usage(`--warm-up ${JSON.stringify(text)}: expected a time span (60s, 5m, 0s)`)
  return Number(parts[1]) * UNIT_US[parts[2] as 's' | 'm' | 'h']
}

function nothing(io: Io, range: Range): number {
  io.stderr.write(`tapwire: nothing is stored in this range of ${SEGMENTS}${whatIsStored(range)}\n`)
  return 1
}

function whatIsStored({ stored: { records, times } }: Range): string {
  if (records === 0) return ': the topic is empty'
  return times === null ? '' : `; stored are batches that end ${isoTime(times[0])} to ${isoTime(times[1])}`
}
