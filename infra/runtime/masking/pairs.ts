/**
 * Values of names, in whatever a text is: JSON (also inside a JSON string), forms and queries, attributes and elements of XML,
 * parts of multipart bodies, `name: value` of headers, YAML, GraphQL and prose. What is secret must be found although the text is cut off,
 * damaged or said to be something else: so nothing is parsed as a whole.
 *
 * Linear: repeats of expressions are bounded and what may follow them is none of their characters; the end of a value is looked for only
 * when the value is wanted, and the search for names goes on behind it.
 */

/** A value without its quotes. */
export interface Pair {
  readonly name: string
  readonly from: number
  readonly to: number
}

type Value = Pick<Pair, 'from' | 'to'>

/** Is the value of this name, as it stands there, to be found? */
export type Wanted = (name: string) => boolean

export function* pairsIn(text: string, wanted: Wanted): Generator<Pair> {
  for (const { sign, pattern, name, find } of FINDERS) {
    if (!text.includes(sign)) continue
    pattern.lastIndex = 0
    for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
      const own = match[name]!
      if (!wanted(own)) continue
      const value = find(text, match.index + match[0].length, match)
      if (value.to > value.from) yield { name: own, ...value }
      // Others may have used it meanwhile.
      pattern.lastIndex = Math.max(value.to, match.index + match[0].length)
    }
  }
}

interface Finder {
  /** What a text without any such name lacks. */
  readonly sign: string
  readonly pattern: RegExp
  /** The group that is the name. */
  readonly name: number
  /** `at`: behind what the pattern matched. */
  readonly find: (text: string, at: number, match: RegExpExecArray) => Value
}

const FINDERS: readonly Finder[] = [
  {
    sign: '"',
    pattern: /(\\{0,7})"([^"\\\r\n]{1,128})\\{0,7}"\s{0,16}:\s{0,16}/g,
    name: 2,
    find: (text, at, match) => jsonValue(text, at, match[1]!.length),
  },
  {
    sign: '=',
    pattern: /(?<![\w$.%\][-])([A-Za-z_$][\w$.%[\]-]{0,127})\s{0,3}=\s{0,3}/g,
    name: 1,
    find: (text, at) => scalar(text, at, /[&;\s"'<>]/g),
  },
  {
    sign: ':',
    pattern: /(?<![\w$."-])([A-Za-z_][\w.-]{0,63})\s{0,2}:\s{0,4}(?!\/\/)/g,
    name: 1,
    find: (text, at) => scalar(text, at, /[,;&\s"'<>)}\]]/g),
  },
  {
    sign: '<',
    pattern: /<([A-Za-z_][\w:.-]{0,127})(?:\s[^<>]{0,1024})?>(?:<!\[CDATA\[)?/g,
    name: 1,
    find: (text, from, match) => ({ from, to: indexOrEnd(text, match[0].endsWith('[') ? ']]>' : '<', from) }),
  },
  {
    sign: 'name=',
    pattern: /\bname="([^"\r\n]{1,128})"[^\r\n]{0,512}\r?\n(?:[^\r\n]{1,512}\r?\n){0,8}\r?\n/g,
    name: 1,
    find: (text, from) => {
      const close = indexOrEnd(text, '\n--', from)
      return { from, to: Math.max(from, text[close - 1] === '\r' ? close - 1 : close) }
    },
  },
]

/** How far the end of a document inside a document is looked for. */
const FAR = 1 << 20

/** `slashes`: backslashes before the quotes, of a document in a string. */
function jsonValue(text: string, at: number, slashes: number): Value {
  if (text.startsWith('"', at + slashes)) return quoted(text, at + slashes + 1, slashes)
  if (text[at] === '{' || text[at] === '[') return { from: at, to: bracketEnd(text, at) }
  return { from: at, to: search(text, at, /[,}\]\s]/g) }
}

function quoted(text: string, from: number, slashes: number): Value {
  return { from, to: stringEnd(text, from, slashes) }
}

/** The quote that has no more backslashes before it than the one that opened, as far as they do not come in pairs. */
function stringEnd(text: string, from: number, slashes: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 1)) {
    let before = 0
    while (before < 8 && at - before > from && text[at - before - 1] === '\\') before++
    if (slashes === 0 ? before % 2 === 0 : before <= slashes) return at - before
  }
  return text.length
}

/** Behind the bracket that closes the one at `at`; strings hold no brackets. */
function bracketEnd(text: string, at: number): number {
  let depth = 0
  const end = Math.min(text.length, at + FAR)
  for (let i = at; i < end; i++) {
    const char = text[i]
    if (char === '"') i = stringEnd(text, i + 1, 0)
    else if (char === '{' || char === '[') depth++
    else if ((char === '}' || char === ']') && --depth === 0) return i + 1
  }
  return end
}

/** In quotes (perhaps behind backslashes, in a string), or up to what ends it. */
function scalar(text: string, at: number, stop: RegExp): Value {
  let slashes = 0
  while (slashes < 8 && text[at + slashes] === '\\') slashes++
  const quote = text[at + slashes]
  if (quote === '"') return quoted(text, at + slashes + 1, slashes)
  if (quote === "'") return { from: at + slashes + 1, to: indexOrEnd(text, "'", at + slashes + 1) }
  return { from: at, to: search(text, at, stop) }
}

function search(text: string, at: number, stop: RegExp): number {
  stop.lastIndex = at
  return stop.exec(text)?.index ?? text.length
}

function indexOrEnd(text: string, what: string, from: number): number {
  const at = text.indexOf(what, from)
  return at < 0 ? text.length : at
}
