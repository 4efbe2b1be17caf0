import type { DetectorSpec, Finding } from '#schemas/contracts/detector.ts'
import type { Severity } from '#schemas/records/detection.ts'
import { kindOf } from '../../text/field.ts'
import { anyNeedleOf } from '../../text/wanted.ts'
import { withBreaks } from './breaks.ts'
import { injectedLines, type Line } from './lines.ts'
import { secondMediaType } from './media.ts'
import { LITERALS, MEDIA_TYPES } from './needles.ts'

const ONE_LINE = 'The value is one line, or its further lines are no lines of HTTP.'

const WANTED = [...LITERALS, ...MEDIA_TYPES]

const holdsNeedle = anyNeedleOf(WANTED, [])

/** Line breaks that add headers, or a whole message, where the value is copied into the head of one. */
export default {
  id: 'crlf',
  attack: 'crlf',
  literals: WANTED,
  words: [],
  names: ['query'],
  inspect({ point, text }, lower, _exchange, report) {
    if (point[0] === 'header' && point[1] === 'CONTENT-TYPE') {
      const second = secondMediaType(lower)
      if (second !== null && holdsNeedle(lower)) report(confusion(text, lower, second))
      return
    }
    if (point.length === 1 && point[0] === 'query') {
      const line = addedLine(text, lower)
      if (line !== null) report(line)
      return
    }
    if (point.at(-1) === '_name') {
      const name = brokenName(point, text, lower)
      if (name !== null && holdsNeedle(lower)) report(name)
    }
    const kind = kindOf(point)
    if (kind === 'path' && isBrokenPath(lower)) report(brokenPath(text, lower))
    const plain = lineOf(text, kind)
    if (plain !== null && holdsNeedle(lower)) {
      report(injection(plain, text.slice(plain.at, plain.at + 200), plain.at))
      return
    }
    const broken = withBreaks(text)
    const encoded = broken === null ? null : lineOf(broken, kind, true)
    if (encoded !== null) report(injection(encoded, text.slice(0, 200), 0))
  },
} satisfies DetectorSpec

/** The first line that speaks HTTP, where the value can be a payload; null when people may have written it. */
function lineOf(text: string, kind: ReturnType<typeof kindOf>, hidden = false): Line | null {
  const first = text.search(/[\r\n]/)
  if (first < 0) return null
  const before = text.slice(0, first).trim()
  const inHead = kind === 'path' || kind === 'header' || kind === 'cookie'
  if (!inHead && (text.length > 4096 || !isToken(before))) return null
  const lines = injectedLines(text)
  const narrow = inHead || kind === 'query' || (hidden && kind === 'form')
  return (
    lines.find(line => line.kind === 'status' || line.kind === 'request') ??
    lines.find(line => line.kind === 'header' && (!line.everyday || narrow)) ??
    (narrow && /^\S*(?:\r\n\r\n|\n\n|\r\r)/.test(text.slice(0, 256))
      ? lines.find(({ kind }) => kind === 'html')
      : null) ??
    null
  )
}

/** A bare word, or the end of the line that the value stands in (`x HTTP/1.1`): what stands before a line that is injected. */
function isToken(before: string): boolean {
  return /^[\w./%?=&@~;$*,-]{0,256}(?:\sHTTP\/\d(?:\.\d)?)?$/i.test(before)
}

const WHY: Readonly<Record<Line['kind'], string>> = {
  header: 'A line break and a header follow the value, so a message that copies it gets one header more.',
  status: 'A line break and a status line follow the value: a response that copies it falls into two.',
  request: 'A line break and a request line follow the value: a request that copies it falls into two.',
  html: 'An empty line and markup follow the value: a response that copies it into a header gets another body.',
}

const RULE: Readonly<Record<Line['kind'], string>> = {
  header: 'crlf.header',
  status: 'crlf.response-splitting',
  request: 'crlf.request-splitting',
  html: 'crlf.response-splitting',
}

function injection(line: Line, evidence: string, at: number): Finding {
  const severity: Severity = line.kind === 'header' ? 'medium' : 'high'
  const shows = line.kind === 'header' ? `line break, header ${line.name}` : `line break, ${line.kind}`
  return { rule: RULE[line.kind], severity, evidence, at, shows, why: WHY[line.kind], unless: ONE_LINE, cwe: 113 }
}

/** A line break with something behind it. */
function isBrokenPath(lower: string): boolean {
  return /%0[ad][^\s%]|%0d%0a./.test(lower)
}

function brokenPath(text: string, lower: string): Finding {
  const at = Math.max(0, lower.search(/%0[ad]/))
  return {
    rule: 'crlf.path',
    severity: 'medium',
    evidence: text.slice(at, at + 200),
    at,
    shows: 'line break in the path',
    why: 'The path holds a line break: rules of proxies that copy it into a header or another request add a line to it.',
    unless: 'The path is one line.',
    cwe: 113,
  }
}

/** `lang=en%0anext=more`: a word, a line break, and one more setting, in a query as it was sent. */
function addedLine(text: string, lower: string): Finding | null {
  if (!lower.includes('%0a') && !lower.includes('%0d')) return null
  const found = /=([\w.-]{1,32}(?:%0[ad]){1,4}[\w.-]{1,32}(?:=|%3d)[\w.-]{1,64})(?:&|$)/.exec(lower)
  if (found === null) return null
  return {
    rule: 'crlf.line',
    severity: 'low',
    evidence: text.slice(found.index + 1, found.index + 1 + found[1]!.length),
    at: found.index + 1,
    shows: 'word, line break, name=value',
    why: 'Behind one word the parameter goes on with a line that reads like a setting, for files and protocols that go by lines.',
    unless: 'The parameter is one line, or text of more than words.',
  }
}

/** A line break in the name of a parameter: no form has one. Names of documents are keys, and may be anything. */
function brokenName(point: readonly string[], text: string, lower: string): Finding | null {
  const kind = kindOf(point)
  if (kind === 'cookie' && lower === '$version') {
    return {
      rule: 'smuggling.cookie-version',
      attack: 'smuggling',
      severity: 'low',
      evidence: text,
      at: 0,
      shows: 'cookie $Version',
      why: 'The header claims the old syntax of cookies, in which a quoted value hides other cookies from filters.',
      unless: 'The header does not begin with $Version.',
      cwe: 436,
    }
  }
  const at = lower.search(/[\r\n]|%0[ad]/)
  if (at < 0 || (kind !== 'query' && kind !== 'form')) return null
  return {
    rule: 'crlf.name',
    severity: 'medium',
    evidence: text.slice(0, 200),
    at: 0,
    shows: 'line break in the name of a parameter',
    why: 'The name of a parameter holds a line break, which adds a line where names are copied into a header.',
    unless: 'The name is one line.',
    cwe: 113,
  }
}

function confusion(text: string, lower: string, second: string): Finding {
  const at = Math.max(0, lower.indexOf(second))
  return {
    rule: 'smuggling.content-type',
    attack: 'smuggling',
    severity: 'medium',
    evidence: text.slice(at, at + second.length),
    at,
    shows: `second media type ${second}`,
    why: 'The header names a second media type, so a filter and the server may read the body by different rules.',
    unless: 'The header names one media type, and no parameter of it is one.',
    cwe: 436,
  }
}
