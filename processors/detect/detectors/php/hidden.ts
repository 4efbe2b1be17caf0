/** Functions whose names stand in strings, in pieces and in variables, and are called there. */
import type { CodeToken } from '../../text/code.ts'
import type { Manner } from '../../text/manner.ts'
import { givesPayload, isArgument, isCalledAtOnce } from './arguments.ts'
import { CALLBACKS, RUNNERS } from './functions.ts'
import { isSuperglobal } from './tags.ts'

/** What is called at the token `i`, and the token that ends it; null when nothing is. */
export function hiddenCall(
  tokens: readonly CodeToken[],
  i: number,
  manner: Manner,
): { readonly end: CodeToken; readonly shows: string } | null {
  const token = tokens[i]!
  if (token.kind === 'name') {
    const open = token.text.startsWith('$') ? callOf(tokens, i) : -1
    const isCalled = open >= 0 && isVariableCall(tokens, i, open, manner)
    return isCalled ? { end: tokens[open]!, shows: `variable ${token.text}, called` } : null
  }
  if (token.kind === 'string') return stringCall(tokens, i, manner)
  if (token.text !== '(') return null
  const hidden = manner === 'terse' && i > 0 ? hiddenName(tokens, i) : null
  if (hidden !== null) return { end: token, shows: `"${hidden}" put together, and called` }
  return isParenthesised(tokens, i) ? { end: tokens[i + 3]!, shows: `(${tokens[i + 1]!.text}), called` } : null
}

function stringCall(
  tokens: readonly CodeToken[],
  i: number,
  manner: Manner,
): { readonly end: CodeToken; readonly shows: string } | null {
  const token = tokens[i]!
  const isPieced = token.end - token.start > token.text.length + 2
  if (isPieced && manner === 'terse' && SURE_RUNNERS.has(token.text) && callsValue(tokens, i))
    return { end: token, shows: `string "${token.text}" put together, something called` }
  const isCalled = tokens[i + 1]?.text === '(' && manner !== 'prose' && RUNNERS.has(token.text.replace(/^\\/, ''))
  return isCalled ? { end: tokens[i + 1]!, shows: `string "${token.text}", called` } : null
}

/** Tokens in front of a call in which its variable is looked for. */
const ASSIGNED_WITHIN = 64

/** Is a value called that stands in brackets, later on? */
function callsValue(tokens: readonly CodeToken[], from: number): boolean {
  for (let i = from + 1; i < Math.min(tokens.length, from + 64); i++) {
    if (tokens[i]!.text === '(' && /^[)\]}]$/.test(tokens[i - 1]!.text)) return true
  }
  return false
}

/**
 * `$f('id')`, `$f['x']('id')`, `$$f(x)`: the variable is given a name in the same value, or it is handed what the client sent, or the value
 * begins with this call. Names that JavaScript gives such functions do not count.
 */
function isVariableCall(tokens: readonly CodeToken[], i: number, open: number, manner: Manner): boolean {
  const name = tokens[i]!.text
  if (!/^\$+[a-z][a-z0-9_]*$|^\$+_[a-z0-9]\w*$/.test(name)) return false
  if (
    /^\$(?:t|tc|te|d|n|http|scope|emit|route|router|event|watch|set|get|nexttick|filter|q|timeout|refs|el|store|each|ajax|compile|jquery)$/.test(
      name,
    )
  )
    return false
  const isAtOnce = isCalledAtOnce(tokens[open]!, tokens[open + 1])
  if (isAtOnce && givesPayload(tokens, open + 1)) return true
  if (tokens.slice(open + 1, open + 8).some(token => isSuperglobal(token.text))) return true
  if (manner !== 'terse') return false
  for (let k = Math.max(0, i - ASSIGNED_WITHIN); k < i; k++)
    if (tokens[k]!.text === name && tokens[k + 1]?.text === '=') return true
  return isStatement(tokens, i) && isTight(tokens, open) && (name.startsWith('$$') || isAtOnce)
}

/** Index of the parenthesis that calls the variable at `i`, subscripts skipped; -1 when it is not called. */
function callOf(tokens: readonly CodeToken[], i: number): number {
  let depth = 0
  for (let k = i + 1; k < Math.min(tokens.length, i + 16); k++) {
    const { kind, text } = tokens[k]!
    if (kind !== 'punct') {
      if (depth === 0) return -1
    } else if (text === '[' || text === '{') depth++
    else if (text === ']' || text === '}') depth--
    else if (depth === 0) return text === '(' ? k : -1
  }
  return -1
}

/** `(system)('id')`, `('sys'.'tem')('id')`. */
function isParenthesised(tokens: readonly CodeToken[], i: number): boolean {
  const [, name, close, open] = tokens.slice(i, i + 4)
  return (
    name?.kind === 'name' &&
    close?.text === ')' &&
    open?.text === '(' &&
    isTight(tokens, i + 3) &&
    (RUNNERS.has(name.text) || CALLBACKS.has(name.text) || isSuperglobal(name.text))
  )
}

/**
 * The runner that stands in front of a parenthesis in pieces: `(sy.(st).em)(…)`, `[system][0](…)`, `('sys')."tem"(…)`. The pieces are the
 * names and strings between the brackets that close there.
 */
function hiddenName(tokens: readonly CodeToken[], at: number): string | null {
  const close = tokens[at - 1]!.text
  if (!/^[)\]}]$/.test(close) || !isTight(tokens, at) || (close === ']' && tokens[at - 2]?.kind === 'name')) return null
  let depth = 0
  const pieces: string[] = []
  for (let i = at - 1; i >= 0 && i > at - 24; i--) {
    const { kind, text } = tokens[i]!
    if (kind === 'punct' && /^[)\]}]$/.test(text)) depth++
    else if (kind === 'punct' && /^[([{]$/.test(text)) depth--
    else if (kind === 'name' || kind === 'string') pieces.unshift(text)
    else if (text !== '.' && kind !== 'number') return null
    const before = tokens[i - 1]
    const goesOn =
      /^[)\]}.]$/.test(before?.text ?? '') || (text === '[' && before !== undefined && before.kind !== 'punct')
    if (depth === 0 && !goesOn && text !== '.') break
  }
  const name = pieces.filter(piece => !/^(?:string|array|binary|object)$/.test(piece)).join('')
  return pieces.length > 0 && SURE_RUNNERS.has(name) ? name : null
}

/** No blank in front of the parenthesis, or a string behind it: not two remarks of a sentence. */
function isTight(tokens: readonly CodeToken[], at: number): boolean {
  return tokens[at]!.start === tokens[at - 1]!.end || isArgument(tokens[at + 1])
}

const SURE_RUNNERS: ReadonlySet<string> = new Set([
  'system',
  'passthru',
  'shell_exec',
  'exec',
  'eval',
  'assert',
  'phpinfo',
  'popen',
  'proc_open',
  'call_user_func',
  'create_function',
  'pcntl_exec',
  'file_get_contents',
])

/** Does a statement begin here? */
export function isStatement(tokens: readonly CodeToken[], i: number): boolean {
  return i === 0 || /^[;{}@!&|?:]$/.test(tokens[i - 1]!.text)
}
