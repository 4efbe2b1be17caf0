import type { DetectorSpec, Finding } from '#schemas/contracts/detector.ts'
import { anyNeedleOf } from '../../text/wanted.ts'
import { deviceOfBash, dotCommand, historyOnly, type Sighting, shellshock } from './anywhere.ts'
import { hiddenPath, operationOnVariable, pieceOfVariable, substitutionOnly, tildeOnly } from './expansions.ts'
import { ownFile } from './files.ts'
import { judgeCmd } from './judge-cmd.ts'
import { isFenced } from './markdown.ts'
import { type Telling, tellingOf } from './names.ts'
import { literals, names, words } from './needles.ts'
import { optionOf } from './options.ts'
import { judgePowerShell } from './powershell.ts'
import { judgeUnix } from './unix.ts'
import { stopWords } from './words.ts'

/** Longest part of a value that is shown as evidence. */
const SHOWN = 200

/** Commands that a shell of Unix or Windows would run if the value became part of a command line. */
export default {
  id: 'shell',
  attack: 'rce',
  literals,
  words,
  names,
  inspect({ text: sent, point }, lower, _exchange, report) {
    const text = argumentOf(isolated(sent, point))
    if (isBinary(text)) return
    const telling = tellingOf(point)
    const form = point.at(-1) === '_filename'
    if (telling === 'file' && PLAIN_FILE.test(text)) {
      const own = ownFile(text, form)
      if (own !== null) report(placed(findingOf(text, own), sent))
      return
    }
    const talk = stopWords(text)
    if (isFenced(text)) return
    const found =
      sightingOf(text, lower, talk, telling, form) ??
      judgeUnix(text, talk, telling, point.includes('json_doc')) ??
      windowsOf(text, talk, telling) ??
      powerShellOf(text, talk) ??
      pieceOf(text, talk)
    if (found === null || (telling !== 'command' && telling !== 'file' && !holdsNeedle(sent))) return
    report(placed(found, sent))
  },
} satisfies DetectorSpec

const holdsNeedle = anyNeedleOf(literals, words)

/** The name of a file, with nothing in it that a shell would do something for. */
const PLAIN_FILE = /^[\w .()@-]{1,255}$/

/** The kernel of Linux takes no longer argument (MAX_ARG_STRLEN). */
const MAX_ARGUMENT = 131_072

/** What would become an argument: it ends at a NUL, where it has begun before. */
function argumentOf(text: string): string {
  const nul = text.indexOf('\0', 1)
  const end = Math.min(nul < 0 ? text.length : nul, MAX_ARGUMENT)
  return end < text.length ? text.slice(0, end) : text
}

/** Control characters at the beginning: an image, an archive. */
function isBinary(text: string): boolean {
  let controls = 0
  const end = Math.min(text.length, 256)
  for (let i = 0; i < end; i++) {
    const c = text.charCodeAt(i)
    if ((c < 32 && c !== 9 && c !== 10 && c !== 13 && c !== 0) || (c >= 127 && c < 160)) controls++
  }
  return controls > 2 && controls * 16 > end
}

/** Without its place where the evidence does not stand in the value as it was sent. */
function placed({ at, ...finding }: Finding, sent: string): Finding {
  return at !== undefined && sent.startsWith(finding.evidence, at) ? { ...finding, at } : finding
}

/** Parts of a request that are not decoded as forms are: a plus sign can be meant for a blank. */
const UNDECODED: ReadonlySet<string> = new Set(['header', 'uri', 'path', 'action_name'])

/** Escaped line ends and ampersands count as what they become: values come here before they are decoded, too. */
function isolated(text: string, point: readonly string[]): string {
  let out = text
  if (/%0[ad]|%26/i.test(out)) out = out.replace(/%0[ad]/gi, '\n').replace(/%26/g, '&')
  return UNDECODED.has(point[0] ?? '') && out.includes('+') && !/\s/.test(out) ? out.replaceAll('+', ' ') : out
}

function sightingOf(text: string, lower: string, talk: number, telling: Telling, form: boolean): Finding | null {
  const found =
    shellshock(text) ??
    historyOnly(text) ??
    tildeOnly(text) ??
    substitutionOnly(text) ??
    operationOnVariable(text, talk) ??
    dotCommand(text) ??
    optionOf(text) ??
    hiddenPath(text, talk) ??
    (telling === 'file' ? ownFile(text, form) : null) ??
    (talk < 5 ? deviceOfBash(lower) : null)
  return found === null ? null : findingOf(text, found)
}

function pieceOf(text: string, talk: number): Finding | null {
  const found = pieceOfVariable(text, talk)
  return found === null ? null : findingOf(text, found)
}

function findingOf(text: string, { rule, start, end, why, unless }: Sighting): Finding {
  return {
    rule,
    severity: 'critical',
    evidence: text.slice(start, Math.min(end, start + SHOWN)),
    at: start,
    shows: rule,
    why,
    unless,
  }
}

function windowsOf(text: string, talk: number, telling: Telling): Finding | null {
  const hit = judgeCmd(text, talk, telling)
  if (hit === null) return null
  const { rule, start, end, name, does, shows, strong, whole } = hit
  const where = whole ? 'The value as a whole is a command line' : 'Behind the separator stands a command'
  return {
    rule,
    severity: strong ? 'critical' : 'high',
    evidence: text.slice(start, Math.min(end, start + SHOWN)),
    at: start,
    shows,
    why: `${where} of Windows: ${name}, which ${does}.`,
    unless: 'In a sentence, or in quotes behind the name of another program, it would be text.',
  }
}

function powerShellOf(text: string, talk: number): Finding | null {
  const hit = judgePowerShell(text, talk)
  if (hit === null) return null
  const { rule, start, end, why, shows } = hit
  return {
    rule,
    severity: 'critical',
    evidence: text.slice(start, end),
    at: start,
    shows,
    why,
    unless: 'In a sentence it would be read as text.',
  }
}
