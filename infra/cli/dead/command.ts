/** What `tapwire dead list|show|retry` does. */
import { Usage } from '#schemas/contracts/errors.ts'
import { isoTime } from '#schemas/json/time.ts'
import type { Args, Io } from '../command.ts'
import { type Components, loadComponents } from '../components.ts'
import { readSettings, type Settings } from '../config.ts'
import { openStored } from '../replay/stored.ts'
import { masker, maskingPlan } from '../run/masking.ts'
import { openSinks } from '../run/open.ts'
import { bytesOf, type Entry, pick, readLetters, SHOWN } from './letters.ts'
import { renderLetter, renderList } from './render.ts'
import { retryLetter } from './retry.ts'

const DEFAULT_LIMIT = 20
/** After so many failed tries a letter is tried only when it is named. */
const MOST_TRIES = 3

export async function runDead(args: Args, io: Io): Promise<number> {
  const [what, ...names] = args.positionals
  if (what !== 'list' && what !== 'show' && what !== 'retry')
    throw new Usage("dead list, dead show ID, or dead retry ID: see 'tapwire dead --help'")
  if (what === 'list' && names.length > 0)
    throw new Usage('dead list takes filters, no ids: --group, --stage, --reason')
  if (what === 'show' && names.length !== 1) throw new Usage('dead show takes one id, as dead list shows it')
  const filtered = args.text('reason') !== undefined || args.is('all')
  if (what === 'retry' && names.length === 0 && !filtered)
    throw new Usage('which letters? ids as dead list shows them, --reason REASON, or --all')
  if (what === 'retry' && names.length > 0 && filtered) throw new Usage('ids, or --reason or --all: choose one')
  const limit = limitOf(args.text('limit'))
  const components = await loadComponents()
  const settings = readSettings(components, args.text('config') ?? 'tapwire.yaml', io.cwd, io.env)
  await using bus = await openStored(settings, components, what === 'retry' ? 'write' : 'read')
  const entries = await readLetters(bus)
  switch (what) {
    case 'list': {
      const listed = entries.filter(entry => fits(entry, args) && (args.is('all') || !entry.done))
      if (args.is('json')) for (const entry of listed.slice(-limit).toReversed()) io.stdout.write(`${lineOf(entry)}\n`)
      else io.stdout.write(renderList(listed, limit))
      return 0
    }
    case 'show': {
      const entry = pick(entries, names[0]!)
      io.stdout.write(renderLetter(entry, await bytesOf(bus, entry)))
      return 0
    }
    case 'retry': {
      const chosen =
        names.length > 0
          ? names.map(name => pick(entries, name))
          : entries.filter(entry => !entry.done && entry.tries < MOST_TRIES && fits(entry, args))
      return await retryAll(chosen, bus, settings, components, io)
    }
    default:
      return what satisfies never
  }
}

/** Oldest first: what goes back to a topic keeps its order. */
async function retryAll(
  chosen: readonly Entry[],
  bus: Awaited<ReturnType<typeof openStored>>,
  settings: Settings,
  components: Components,
  io: Io,
): Promise<number> {
  if (chosen.length === 0) {
    io.stderr.write('tapwire: no open letter fits; those that failed three times are tried only by id\n')
    return 1
  }
  const sinks = await openSinks(settings, components, io)
  await using resources = new AsyncDisposableStack()
  for (const { sink } of sinks) resources.use(sink)
  const mask = masker(maskingPlan(settings))
  const parts = { bus, components, processors: settings.processors, sinks, mask, signal: io.signal }
  let failed = 0
  for (const entry of chosen) {
    if (io.signal.aborted) return 130
    const { ok, says } = await retryLetter(parts, entry)
    if (!ok) failed++
    io.stdout.write(`${entry.id.slice(0, SHOWN)}  ${ok ? 'ok' : 'failed'}  ${says}\n`)
  }
  return failed > 0 ? 1 : 0
}

function fits({ group, stage, reason }: Entry, args: Args): boolean {
  const is = (flag: string, value: string): boolean => args.text(flag) === undefined || args.text(flag) === value
  return is('group', group) && is('stage', stage) && is('reason', reason)
}

function lineOf({ time, ...entry }: Entry): string {
  return JSON.stringify({ type: 'dead', ...entry, time: isoTime(time) })
}

function limitOf(text: string | undefined): number {
  const limit = Number(text ?? DEFAULT_LIMIT)
  if (!Number.isInteger(limit) || limit < 1) throw new Usage(`--limit: expected a whole number from 1, got ${text}`)
  return limit
}
