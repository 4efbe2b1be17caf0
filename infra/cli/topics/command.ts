/** What `tapwire topics plan|apply|check` does. */
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type ClusterState, openTopicAdmin, type TopicAdmin } from '#infra/bus/kafka/topic-admin.ts'
import { replicationFor, TRANSACTIONS_TOPIC, type WantedTopic, wanted } from '#infra/bus/kafka/topics.ts'
import type { FormatTopic } from '#infra/bus/kafka/value-format.ts'
import { TOPICS } from '#schemas/avro/topics.ts'
import { Usage } from '#schemas/contracts/errors.ts'
import type { Args, Io } from '../command.ts'
import { type Components, loadComponents } from '../components.ts'
import { readSettings, type Settings } from '../config.ts'
import { type KafkaPlan, kafkaPlan } from '../run/kafka.ts'
import { configuredTopics } from '../run/open.ts'
import { PROCESS_GROUP } from '../run/segments-task.ts'
import { segmentsRetention, tooShort } from '../run/worst-replay.ts'
import { counted } from './counted.ts'
import { type Difference, differencesOf } from './differences.ts'
import { explainGrowth, type Growth, growthOf } from './growth.ts'
import { reassignmentOf } from './reassignment.ts'
import { lineOf, renderDifferences } from './render.ts'
import { registerSchemas, schemaDifferences } from './schemas.ts'

const WORDS = ['plan', 'apply', 'check'] as const
type Word = (typeof WORDS)[number]

const LOOKS = 20
const LOOK_MS = 250

/** What is looked at: the topics as they should be, the cluster as it is, and what lies between. */
interface View {
  readonly want: readonly WantedTopic[]
  readonly formats: readonly FormatTopic[]
  readonly state: ClusterState
  readonly differences: readonly Difference[]
}

export async function runTopics(args: Args, io: Io): Promise<number> {
  const word = WORDS.find(known => known === args.positionals[0])
  if (word === undefined || args.positionals.length > 1)
    throw new Usage("topics plan, topics apply or topics check: see 'tapwire topics --help'")
  if (args.is('lines') && args.is('json')) throw new Usage('--lines or --json: choose one')
  if (args.is('grow-partitions') && word !== 'apply') throw new Usage('--grow-partitions is for topics apply')
  const components = await loadComponents()
  const settings = readSettings(components, args.text('config') ?? 'tapwire.yaml', io.cwd, io.env)
  const options = clusterOf(settings)
  await using admin = await openTopicAdmin(options)
  let view = await look(admin, settings, components, options)
  const growth = growthOf(view.differences, options.prefix + TOPICS.segments.name)
  const reassignment = args.text('reassignment')
  if (reassignment !== undefined) writeReassignment(resolve(io.cwd, reassignment), view)
  let applied = 0
  if (word === 'apply') {
    if (growth !== null && !args.is('grow-partitions')) throw new Usage(refusal(growth))
    if (growth !== null) await warnOfMembers(admin, options, growth, io)
    const before = view.differences
    await apply(admin, view, growth, options)
    view = await lookAgain(() => look(admin, settings, components, options))
    applied = before.length - view.differences.length
    if (!args.is('json') && !args.is('lines')) io.stdout.write(renderDifferences(before.filter(mends)))
  }
  const { differences, state, want } = view
  if (args.is('json')) {
    io.stdout.write(`${JSON.stringify({ brokers: state.brokers.length, topics: want.length, applied, differences })}\n`)
  } else if (args.is('lines')) for (const difference of differences) io.stdout.write(lineOf(difference))
  else {
    io.stdout.write(renderDifferences(differences))
    if (word !== 'apply' && growth !== null)
      io.stdout.write(`\n${explainGrowth(growth, options.prefix + PROCESS_GROUP, options.brokers)}\n`)
    io.stdout.write(`${verdict(word, view, applied)}\n`)
  }
  return word !== 'plan' && differences.length > 0 ? 1 : 0
}

/** Throws `Usage` unless the log is a cluster, and what is configured for it loses nothing. */
function clusterOf({ root }: Settings): KafkaPlan {
  if (root.log.kind !== 'kafka')
    throw new Usage(`log.kind is ${root.log.kind}: topics are made by hand only with kafka; the others make their own`)
  const short = tooShort(segmentsRetention(root), root.checkpoint)
  if (short !== null) throw new Usage(`log.retention.segments: ${short}`)
  return kafkaPlan(root.log)
}

async function look(admin: TopicAdmin, settings: Settings, components: Components, options: KafkaPlan): Promise<View> {
  const brokers = await admin.brokers()
  const replication = replicationFor(brokers.length, options)
  if (replication > brokers.length)
    throw new Usage(`log.replication: ${replication} copies, and the cluster has ${counted(brokers.length, 'broker')}`)
  const specs = [...configuredTopics(settings, components), TRANSACTIONS_TOPIC]
  const want = specs.map(spec => wanted(spec, options, replication))
  const topics = await admin.find(want.map(({ kafkaName }) => kafkaName))
  const state = { brokers, topics }
  const formats = specs.map(({ name, schema }) => ({ kafkaName: options.prefix + name, schema }))
  const schemas = options.schemaRegistry === null ? [] : await schemaDifferences(options.schemaRegistry, formats)
  return { want, formats, state, differences: [...differencesOf(want, state, settings.root.checkpoint), ...schemas] }
}

/** Not every broker knows at once what was changed. */
async function lookAgain(look: () => Promise<View>): Promise<View> {
  for (let tries = 1; ; tries++) {
    const view = await look()
    if (tries === LOOKS || !view.differences.some(mends)) return view
    await delay(LOOK_MS)
  }
}

/** Creates first: what fails for want of rights fails before anything that exists was changed. */
async function apply(
  admin: TopicAdmin,
  { want, formats, differences }: View,
  growth: Growth | null,
  { schemaRegistry }: KafkaPlan,
): Promise<void> {
  const byName = new Map(want.map(topic => [topic.kafkaName, topic]))
  const missing = differences.flatMap(({ topic, mend }) => (mend === 'create' ? [byName.get(topic!)!] : []))
  await admin.create(missing)
  for (const name of growth?.topics ?? []) await admin.grow([byName.get(name)!])
  const toSet = Map.groupBy(
    differences.filter(({ mend }) => mend === 'set'),
    ({ topic }) => topic!,
  )
  await admin.configure(
    [...toSet].map(([topic, of]) => ({ topic, settings: new Map(of.map(({ what, want }) => [what, want])) })),
  )
  const unregistered = new Set(differences.flatMap(({ topic, mend }) => (mend === 'register' ? [topic] : [])))
  if (schemaRegistry !== null)
    await registerSchemas(
      schemaRegistry,
      formats.filter(({ kafkaName }) => unregistered.has(kafkaName)),
    )
}

function refusal({ from, to }: Growth): string {
  return `partitions: ${from} → ${to} tears open connections apart: 'tapwire topics plan' says what it costs and how to do it without, --grow-partitions does it; nothing was changed`
}

async function warnOfMembers(admin: TopicAdmin, { prefix }: KafkaPlan, { from }: Growth, io: Io): Promise<void> {
  const members = await admin.members(prefix + PROCESS_GROUP)
  if (members > 0)
    io.stderr.write(
      `tapwire: ${counted(members, 'member')} of group ${prefix}${PROCESS_GROUP} at work with ${from} partitions: restart all processes\n`,
    )
}

function writeReassignment(file: string, { want, state }: View): void {
  try {
    writeFileSync(file, `${JSON.stringify(reassignmentOf(want, state.topics, state.brokers), null, 1)}\n`)
  } catch (error) {
    throw new Usage(`--reassignment: cannot write ${file} (${(error as NodeJS.ErrnoException).code})`)
  }
}

function mends({ mend }: Difference): boolean {
  return mend !== 'by-hand'
}

function verdict(word: Word, { want, differences }: View, applied: number): string {
  const topics = counted(want.length, 'topic')
  switch (word) {
    case 'plan': {
      if (differences.length === 0) return `${topics} as they should be: nothing to do.`
      const rest = differences.filter(difference => !mends(difference)).length
      const byHand = rest === 0 ? '' : ` ${rest} of them only by hand.`
      return `${counted(differences.length, 'difference')}.${byHand} Nothing was changed: 'tapwire topics apply' does it.`
    }
    case 'apply':
      return `${counted(applied, 'change')} made. ${differences.length === 0 ? `${topics} as they should be.` : `${counted(differences.length, 'difference')} left.`}`
    case 'check':
      return differences.length === 0
        ? `${topics} as they should be.`
        : `${counted(differences.length, 'difference')}: 'tapwire topics plan' says what to do.`
    default:
      return word satisfies never
  }
}
