/**
 * What script reaches for: functions that prove or do harm in a page, however they are named and called.
 *
 *   call    = name "(" / name template / name ?. "(" / name .call / ( … name ) "(" / [ name ] [ 0 ] "("
 *   passed  = .map ( name ) / on… = name
 *   indexed = window [ "al" + "ert" ]
 */
import { type CodeToken, joinStrings } from '../../text/code.ts'

/** Names that ordinary values do not call. */
const LOUD: ReadonlySet<string> = new Set([
  'alert',
  'confirm',
  'prompt',
  'eval',
  'execscript',
  'importscripts',
  'msgbox',
  'settimeout',
  'setinterval',
  'setimmediate',
  'fromcharcode',
  'atob',
  'btoa',
  'globaleval',
])

const TIMERS: ReadonlySet<string> = new Set(['settimeout', 'setinterval', 'setimmediate'])

const GLOBALS: ReadonlySet<string> = new Set([
  'window',
  'self',
  'top',
  'parent',
  'frames',
  'this',
  'globalthis',
  'document',
])

/** Of the document: what attacks read and write. */
const OF_DOCUMENT: ReadonlySet<string> = new Set(['cookie', 'domain', 'write', 'writeln'])

/** Written, they bring markup or lead away. */
const WRITTEN: ReadonlySet<string> = new Set(['innerhtml', 'outerhtml', 'srcdoc', 'location'])

const PASSED_TO: ReadonlySet<string> = new Set([
  'find',
  'map',
  'foreach',
  'some',
  'every',
  'filter',
  'sort',
  'reduce',
  'from',
  'then',
  'replace',
  'apply',
  'construct',
])

/** Key words that may stand next to a name. */
const KEYWORDS: ReadonlySet<string> = new Set([
  ...[
    'await',
    'async',
    'case',
    'const',
    'delete',
    'do',
    'else',
    'function',
    'if',
    'in',
    'instanceof',
    'let',
    'new',
    'of',
    'return',
  ],
  ...['throw', 'typeof', 'var', 'void', 'with', 'yield'],
])

export interface Reach {
  /** In lower case, e.g. `alert`, `document.cookie`. */
  readonly what: string
  readonly at: number
}

/**
 * The first thing of that kind in the tokens of lower-case code; null when there is none. `inside`: the code stands behind a string
 * that it broke out of, where ordinary calls and assignments tell, too.
 */
export function reachIn(sent: readonly CodeToken[], lower: string, inside = false): Reach | null {
  const tokens = joinStrings(sent)
  for (const [i, token] of tokens.entries()) {
    if (token.kind !== 'name') continue
    const what = reachAt(tokens, i, lower) ?? (inside ? quietAt(tokens, i) : null)
    if (what !== null) return { what, at: token.start }
  }
  return null
}

/** Are the tokens one of code, not of text? People put names next to each other. */
export function isCode(tokens: readonly CodeToken[], lower: string): boolean {
  for (let i = 1; i < tokens.length; i++) {
    const [before, token] = [tokens[i - 1]!, tokens[i]!]
    if (before.kind === 'punct' || token.kind === 'punct') continue
    if (isTemplate(before, lower) && isTemplate(token, lower)) continue
    if (before.kind === 'name' && (KEYWORDS.has(before.text) || KEYWORDS.has(token.text) || isTemplate(token, lower)))
      continue
    if (lower.slice(before.end, token.start).includes('\n')) continue
    return false
  }
  return true
}

function reachAt(tokens: readonly CodeToken[], i: number, lower: string): string | null {
  const name = tokens[i]!.text
  const next = tokens[i + 1]
  if (LOUD.has(name)) return isCalled(tokens, i, lower) || isPassed(tokens, i) ? name : null
  if (GLOBALS.has(name)) {
    // `(document)["cookie"]`
    const open = isPunct(next, ')') && isPunct(tokens[i - 1], '(') ? i + 2 : i + 1
    if (isPunct(tokens[open], '[')) return indexed(name, tokens, open + 1)
  }
  if (name === 'document') {
    const dot = isPunct(next, ')') && isPunct(tokens[i - 1], '(') ? i + 2 : i + 1
    const member = tokens[dot + 1]?.text ?? ''
    if (isPunct(tokens[dot], '.', '?.') && OF_DOCUMENT.has(member)) return `document.${member}`
    if (member === 'body' && BROUGHT_IN.has(tokens[dot + 3]?.text ?? ''))
      return `document.body.${tokens[dot + 3]!.text}`
  }
  if (
    (name === 'call' || name === 'apply') &&
    isPunct(tokens[i - 1], '.') &&
    next !== undefined &&
    isTemplate(next, lower)
  )
    return `${name}\``
  if (name === 'constructor') return isConstructed(tokens, i, lower) ? name : null
  if (name === 'function') return isFunctionOfText(tokens, i, lower) ? name : null
  if (name === 'import') return isPunct(next, '(') && leadsOut(tokens[i + 2]) ? name : null
  if (WRITTEN.has(name) && isPunct(next, '=') && isString(tokens[i + 2])) return `${name} =`
  return null
}

/** What is ordinary in a program, and nothing that follows a string which a value ends. */
function quietAt(tokens: readonly CodeToken[], i: number): string | null {
  const name = tokens[i]!.text
  const next = tokens[i + 1]
  if ((CALLED.has(name) || TIMERS.has(name)) && isPunct(next, '(')) return `${name}(`
  if (ASSIGNED.has(name) && isPunct(next, '=')) return `${name} =`
  if (name === 'location' && isPunct(next, '.'))
    return /^(?:href|hash|replace|assign)$/.test(tokens[i + 2]?.text ?? '') ? 'location.' : null
  return name === 'document' && isPunct(next, '.') ? 'document.' : null
}

const CALLED: ReadonlySet<string> = new Set([
  'fetch',
  'import',
  'open',
  'print',
  'getscript',
  'sendbeacon',
  'postmessage',
  'unescape',
])
const ASSIGNED: ReadonlySet<string> = new Set(['location', 'innerhtml', 'outerhtml', 'onerror', 'onload', 'cookie'])
const BROUGHT_IN: ReadonlySet<string> = new Set([
  'appendchild',
  'append',
  'innerhtml',
  'outerhtml',
  'insertadjacenthtml',
])

function isCalled(tokens: readonly CodeToken[], i: number, lower: string): boolean {
  const [before, next, second, third] = [tokens[i - 1], tokens[i + 1], tokens[i + 2], tokens[i + 3]]
  if (next === undefined || isMethod(tokens, i)) return false
  // `setTimeout(resolve, 100)` is a program's.
  if (TIMERS.has(tokens[i]!.text) && isPunct(next, '(') && !isString(second))
    return second?.kind === 'name' && (LOUD.has(second.text) || isText(second.text, third))
  // `confirm (yes/no)` is a person's.
  if (isPunct(next, '(')) return next.start === tokens[i]!.end || second?.kind !== 'name' || LOUD.has(second.text)
  if (isTemplate(next, lower)) return true
  if (isPunct(next, '?.') && (isPunct(second, '(') || second?.kind === 'name')) return true
  if (isPunct(next, '.') && /^(?:call|apply|bind)$/.test(second?.text ?? '')) return true
  if (isPunct(next, ')') && isPunct(before, '(', ',', '='))
    return isPunct(second, '(') || (second !== undefined && isTemplate(second, lower))
  return isPunct(next, ']') && isPunct(before, '[', ',') && isPunct(second, '[') && third?.kind === 'number'
}

/** `setTimeout(name)`, `setInterval(code, 1)`, `setTimeout(location.hash…`: a timer that is given text runs it as code. */
function isText(name: string, after: CodeToken | undefined): boolean {
  return name === 'location' ? isPunct(after, '.') : TEXTS.has(name) && isPunct(after, ',', ')')
}

/** What holds text in a page: `window.name`, and names that say so. */
const TEXTS: ReadonlySet<string> = new Set(['name', 'code', 'text', 'script', 'payload', 'source'])

/** `modal.confirm()`, `rl.prompt()`: a method of the application's own. */
function isMethod(tokens: readonly CodeToken[], i: number): boolean {
  const [object, dot] = [tokens[i - 2], tokens[i - 1]]
  if (!isPunct(dot, '.', '?.') || object?.kind !== 'name') return false
  return !GLOBALS.has(object.text) && object.text !== 'string' && tokens[i]!.text !== 'globaleval'
}

function isPassed(tokens: readonly CodeToken[], i: number): boolean {
  const [callee, before, next] = [tokens[i - 2], tokens[i - 1], tokens[i + 1]]
  if (isPunct(before, '(') && isPunct(next, ')', ',')) return callee?.kind === 'name' && PASSED_TO.has(callee.text)
  return isPunct(before, '=') && callee?.kind === 'name' && /^(?:on[a-z]{3,20}|[a-z_$])$/.test(callee.text)
}

/** What programs index, too. */
const OWN: ReadonlySet<string> = new Set(['this', 'parent'])

/** `window["alert"]`, `top[/al/.source+…]`, `this[(![]+[])[1]…]`; not `this["name"]`, `parent[i]`. */
function indexed(root: string, tokens: readonly CodeToken[], i: number): string | null {
  const key = tokens[i]
  if (key === undefined) return null
  if (key.kind === 'string') {
    const name = key.text.toLowerCase()
    if (LOUD.has(name) || OF_DOCUMENT.has(name) || WRITTEN.has(name) || name === '$' || name === 'function')
      return `${root}[${name}]`
    // Called or indexed at once, or all that there is: `self["document"]["cookie"]`, `window["open"](…`.
    const after = tokens[i + 2]
    const used = after === undefined || isPunct(after, '[', '(', '?.')
    return !OWN.has(root) && isPunct(tokens[i + 1], ']') && used ? `${root}[${name.slice(0, 32)}]` : null
  }
  // `self[Object.keys(self)[5]]`: the name of a global is looked up.
  if (
    !OWN.has(root) &&
    key.text === 'object' &&
    isPunct(tokens[i + 1], '.') &&
    /^(?:keys|getownpropertynames)$/.test(tokens[i + 2]?.text ?? '')
  )
    return `${root}[object.${tokens[i + 2]!.text}]`
  return isPunct(key, '/', '(', '!', '+', '~', '[') || (key.kind === 'name' && isPunct(tokens[i + 1], '+', '('))
    ? `${root}[…]`
    : null
}

/** `x.constructor("code")`, `constructor.constructor`, constructor`code`; not `constructor(a, b) {`. */
function isConstructed(tokens: readonly CodeToken[], i: number, lower: string): boolean {
  const [next, second] = [tokens[i + 1], tokens[i + 2]]
  if (next === undefined) return false
  if (isTemplate(next, lower)) return true
  if (isPunct(next, '.')) return second?.text === 'constructor' || second?.text === 'prototype'
  return isPunct(next, '(', '[') && second !== undefined && isString(second)
}

/** `Function("code")`, `new Function()`; not `function (a) {`. */
function isFunctionOfText(tokens: readonly CodeToken[], i: number, lower: string): boolean {
  const [before, next, second, third] = [tokens[i - 1], tokens[i + 1], tokens[i + 2], tokens[i + 3]]
  if (!isPunct(next, '(')) return next !== undefined && isTemplate(next, lower)
  return isString(second) || (before?.text === 'new' && isPunct(second, ')') && !isPunct(third, '{'))
}

function leadsOut(token: CodeToken | undefined): boolean {
  return token !== undefined && isString(token) && /^(?:\/\/|https?:|data:|blob:)/i.test(token.text)
}

function isTemplate(token: CodeToken, lower: string): boolean {
  return isString(token) && lower[token.start] === '`'
}

function isString(token: CodeToken | undefined): boolean {
  return token?.kind === 'string' || token?.kind === 'open'
}

function isPunct(token: CodeToken | undefined, ...texts: readonly string[]): boolean {
  return token?.kind === 'punct' && texts.includes(token.text)
}
