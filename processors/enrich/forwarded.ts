/**
 * The Forwarded header (RFC 7239 §4).
 *
 *   Forwarded = 1#element
 *   element   = [ pair ] *( OWS ";" OWS [ pair ] )
 *   pair      = token "=" ( unquoted / quoted-string )       each token at most once in an element
 *   unquoted  = 1*( any but "," ";" DQUOTE SP TAB "=" )      laxer than token: many send for=192.0.2.1:80 without quotes
 *
 * A line is split into elements from its right end: proxies append there, the left is what a client can choose. Read from
 * the left, an open quote that a client sent would swallow what the proxies wrote about it.
 */
import { type Node, parseNode } from './node.ts'

export interface ForwardedElement {
  /** Of `for`; hidden when there is no such parameter. */
  readonly node: Node
  readonly host: string | null
  readonly proto: string | null
}

const GARBAGE: ForwardedElement = { node: 'garbage', host: null, proto: null }
// Sticky: each reads one piece at the place where the last one ended.
const SPACE = /[ \t]*/y
const NAME = /([!#$%&'*+.^_`|~0-9A-Za-z-]+)=/y
const QUOTED = /"([^"\\]*(?:\\[\s\S][^"\\]*)*)"/y
const UNQUOTED = /[^,;" \t=]+/y

/** Elements of one header line, leftmost first; empty ones are left out (RFC 9110 §5.6.1.2). */
export function parseForwarded(line: string): ForwardedElement[] {
  const elements: ForwardedElement[] = []
  for (const text of splitFromRight(line)) {
    const element = parseElement(text)
    if (element !== null) elements.push(element)
  }
  return elements.reverse()
}

/** Text between the commas that stand outside of quotes, rightmost first. */
function splitFromRight(line: string): string[] {
  const parts: string[] = []
  let end = line.length
  let quoted = false
  for (let at = line.length - 1; at >= 0; at--) {
    const char = line[at]
    // In a quoted-string a quote behind an odd number of backslashes is text.
    if (char === '"') quoted = !quoted || backslashesBefore(line, at) % 2 === 1
    else if (char === ',' && !quoted) {
      parts.push(line.slice(at + 1, end))
      end = at
    }
  }
  parts.push(line.slice(0, end))
  return parts
}

function backslashesBefore(line: string, at: number): number {
  let count = 0
  while (line[at - 1 - count] === '\\') count++
  return count
}

/** Null for an empty element. */
function parseElement(text: string): ForwardedElement | null {
  const pairs = new Map<string, string>()
  let at = skipSpace(text, 0)
  while (at < text.length) {
    if (text[at] === ';') {
      at = skipSpace(text, at + 1)
      continue
    }
    const pair = parsePair(text, at)
    if (pair === null || pairs.has(pair.name)) return GARBAGE
    pairs.set(pair.name, pair.value)
    at = skipSpace(text, pair.end)
    if (at < text.length && text[at] !== ';') return GARBAGE
  }
  if (pairs.size === 0) return null
  const node = pairs.get('for')
  return {
    node: node === undefined ? 'hidden' : parseNode(node),
    host: pairs.get('host') ?? null,
    proto: pairs.get('proto') ?? null,
  }
}

function parsePair(text: string, at: number): { name: string; value: string; end: number } | null {
  NAME.lastIndex = at
  const name = NAME.exec(text)?.[1]
  if (name === undefined) return null
  const start = NAME.lastIndex
  QUOTED.lastIndex = start
  const quoted = QUOTED.exec(text)?.[1]
  if (quoted !== undefined) {
    return { name: name.toLowerCase(), value: quoted.replace(/\\([\s\S])/g, '$1'), end: QUOTED.lastIndex }
  }
  UNQUOTED.lastIndex = start
  const value = UNQUOTED.exec(text)?.[0]
  return value === undefined ? null : { name: name.toLowerCase(), value, end: UNQUOTED.lastIndex }
}

function skipSpace(text: string, at: number): number {
  SPACE.lastIndex = at
  SPACE.test(text)
  return SPACE.lastIndex
}
