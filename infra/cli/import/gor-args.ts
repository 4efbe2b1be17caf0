/**
 * Arguments of goreplay, as Go's flag package reads them:
 *
 *   arguments = *( "-" [ "-" ] name [ "=" value / SP value ] )         the value may also be the next entry
 *
 * A switch takes no value but with "=". In the file each entry is an argument, or a flag with its value.
 */
import { closest } from '#schemas/config/closest.ts'
import type { Path } from '#schemas/config/document.ts'

export interface Argument {
  readonly name: string
  readonly value: string
  readonly from: Path
}

/** Flags with a meaning here. */
const SWITCHES = ['input-raw-vlan', 'input-raw-promisc', 'input-raw-override-snaplen'] as const
const VALUES = [
  'input-raw', 'input-raw-vlan-vid', 'input-raw-engine', 'input-raw-vxlan-port', 'input-raw-vxlan-vni',
  'input-raw-bpf-filter', 'input-raw-buffer-size', 'input-raw-ignore-interface', 'input-raw-protocol',
] as const // biome-ignore format: a table
const KNOWN: ReadonlySet<string> = new Set([...SWITCHES, ...VALUES])

/** Flags without one, and why. */
const WITHOUT_MEANING: ReadonlyMap<string, string> = new Map([
  ['input-raw-expire', 'how long a response is waited for is response_timeout'],
  ['input-raw-track-response', 'both directions are always captured'],
  ['input-raw-realip-header', 'the client is kept with every exchange; nothing is written into requests'],
  ['input-raw-allow-incomplete', 'incomplete messages are always reported, with what is missing'],
  ['input-raw-stats', 'counters are in /metrics'],
  ['input-raw-monitor', 'the kernel hands packets over as they come'],
  ['input-raw-buffer-timeout', 'packets are handed on after a tenth of a second (delayMs of the producer)'],
  ['input-raw-timestamp-type', 'capture times are those of the kernel'],
  ['input-raw-k8s-nomatch-nocap', 'interfaces are named, pods are not'],
  ['verbose', 'the severity of the log is log.level'],
  ['debug', 'the severity of the log is log.level'],
  ['stats', 'counters are in /metrics'],
])
/** What goreplay does beside capturing: whole families of flags. */
const FAMILIES = /^(?:output|http|input-(?:file|tcp|kafka|http|dummy)|middleware|split-output|prettify|exit-after)/
const NO_REPLAY = 'it belongs to replaying, and nothing is replayed here: results leave through sinks'

export interface Refusal {
  readonly from: Path
  readonly message: string
}

export interface Arguments {
  readonly known: readonly Argument[]
  readonly withoutMeaning: readonly Refusal[]
  readonly problems: readonly Refusal[]
}

/** `entries`: as in the file, which stand at `from`. */
export function parseArguments(entries: readonly (string | number)[], from: Path): Arguments {
  const words = entries.flatMap((entry, i) => split(String(entry)).map(text => ({ text, from: [...from, i] })))
  const known: Argument[] = []
  const withoutMeaning: Refusal[] = []
  const problems: Refusal[] = []
  for (let at = 0; at < words.length; at++) {
    const { text, from } = words[at]!
    const [, name, joined] = /^--?([a-z0-9-]+)(?:=([\s\S]*))?$/i.exec(text) ?? []
    const next = words[at + 1]?.text
    if (name === undefined)
      problems.push({ from, message: `${JSON.stringify(text.slice(0, 64))} is no argument of goreplay` })
    else if ((SWITCHES as readonly string[]).includes(name)) known.push({ name, value: joined ?? 'true', from })
    else if (KNOWN.has(name)) {
      const value = joined ?? next
      if (joined === undefined) at++
      if (value === undefined) problems.push({ from, message: `-${name} needs a value` })
      else known.push({ name, value, from })
    } else {
      const why = WITHOUT_MEANING.get(name) ?? (FAMILIES.test(name) ? NO_REPLAY : undefined)
      if (why === undefined) problems.push({ from, message: unknown(name) })
      else withoutMeaning.push({ from, message: `-${name}: ${why}` })
      if (joined === undefined && next !== undefined && !next.startsWith('-')) at++
    }
  }
  return { known, withoutMeaning, problems }
}

/** "-flag value" in one entry; a value alone may hold spaces. */
function split(entry: string): readonly string[] {
  const text = entry.trim()
  const space = text.startsWith('-') ? text.search(/\s/) : -1
  return space < 0 ? [text] : [text.slice(0, space), text.slice(space).trim()]
}

function unknown(name: string): string {
  const hint = closest(name, [...KNOWN, ...WITHOUT_MEANING.keys()])
  return `unknown argument -${name}${hint === null ? '' : ` (did you mean -${hint}?)`}`
}
