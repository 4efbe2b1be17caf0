/** Calls: functions by name, by a string or a variable that holds the name, and what they are given. */
import { type CodeToken, codeTokens, joinStrings } from '../../text/code.ts'
import type { Manner } from '../../text/manner.ts'
import { CALLBACKS, isDistinct, isLikely, isShort, RUNNERS } from './functions.ts'
import { SUPERGLOBALS } from './tags.ts'

export interface Call {
  readonly rule: 'rce.php-call' | 'rce.php-variable-call' | 'rce.php-superglobal'
  readonly at: number
  readonly end: number
  readonly shows: string
}

/** How far into a value calls are looked for, in characters and tokens. */
const REACH = 8192
const MOST_TOKENS = 1024

/** The first call of each kind. The value may begin inside of a string that its first quote ends. */
export function callsIn(lower: string, manner: Manner): readonly Call[] {
  const calls = new Map<string, Call>()
  const to = Math.min(lower.length, REACH)
  for (const start of startsOf(lower)) {
    const tokens = joinStrings(codeTokens(lower, start, to, MOST_TOKENS))
    for (let i = 0; i < tokens.length; i++) {
      const call = callAt(tokens, i, manner)
      if (call !== null && !calls.has(call.rule)) calls.set(call.rule, call)
    }
  }
  return [...calls.values()]
}

function startsOf(lower: string): readonly number[] {
  const starts = [0]
  for (const quote of `'"\``) {
    const at = lower.indexOf(quote)
    if (at >= 0) starts.push(at + 1)
  }
  return starts
}

function callAt(tokens: readonly CodeToken[], i: number, manner: Manner): Call | null {
  const token = tokens[i]!
  const found = (rule: Call['rule'], end: CodeToken, shows: string): Call => ({
    rule,
    at: token.start,
    end: end.end,
    shows,
  })
  if (token.kind === 'name') {
    if (isSuperglobal(token.text) && manner !== 'prose') {
      const next = tokens[i + 1]
      if (next !== undefined && /^[[{]$/.test(next.text))
        return found('rce.php-superglobal', next, `variable ${token.text}, subscript`)
      if (manner === 'terse') return found('rce.php-superglobal', token, `variable ${token.text}`)
    }
    const open = token.text.startsWith('$') ? callOf(tokens, i) : -1
    if (open >= 0 && isVariableCall(tokens, i, open, manner))
      return found('rce.php-variable-call', tokens[open]!, `variable ${token.text}, called`)
    return namedCall(tokens, i, manner, found)
  }
  const isPieced = token.kind === 'string' && token.end - token.start > token.text.length + 2
  if (isPieced && manner === 'terse' && SURE_RUNNERS.has(token.text) && /[)\]}'"]$/.test(calleeBefore(tokens, i)))
    return found('rce.php-variable-call', token, `string "${token.text}" put together, something called`)
  if (token.kind === 'string' && tokens[i + 1]?.text === '(' && manner !== 'prose' && isNameOfRunner(token.text))
    return found('rce.php-variable-call', tokens[i + 1]!, `string "${token.text}", called`)
  if (manner === 'terse' && token.text === '(' && i > 0) {
    const hidden = hiddenName(tokens, i)
    if (hidden !== null) return found('rce.php-variable-call', token, `"${hidden}" put together, and called`)
  }
  if (token.text === '(' && isParenthesised(tokens, i))
    return found('rce.php-variable-call', tokens[i + 3]!, `(${tokens[i + 1]!.text}), called`)
  return null
}

type Found = (rule: Call['rule'], end: CodeToken, shows: string) => Call

function namedCall(tokens: readonly CodeToken[], i: number, manner: Manner, found: Found): Call | null {
  const token = tokens[i]!
  const next = tokens[i + 1]
  const name = token.text.replace(/^@+/, '')
  const isMuted = name !== token.text && (RUNNERS.has(name) || name === 'print')
  if (next?.text !== '(') return null
  if (isMuted && manner === 'terse') return found('rce.php-call', next, `${name}, called with its errors muted`)
  const before = tokens[i - 1]?.text
  const isMember = /^(?:\.|\?\.|->)$/.test(before ?? '') && /^[\w$)\]]/.test(tokens[i - 2]?.text ?? '')
  const isMethod = isMember || before === 'function' || before === 'def'
  if (isMethod && !name.includes('_')) return null
  if (isDistinct(name) || (isLikely(name) && isCalledAtOnce(next, tokens[i + 2]))) {
    if (manner === 'terse' || givesPayload(tokens, i + 2)) return found('rce.php-call', next, `${name}, called`)
    return null
  }
  if (isMethod) return null
  const isPayloadCall = /^(?:include|require)/.test(name)
    ? isRunArgument(name, tokens[i + 2])
    : givesPayload(tokens, i + 2)
  if (isShort(name) && isPayloadCall) return found('rce.php-call', next, `${name}, called with a payload`)
  if (manner === 'terse' && RUNNERS.has(name) && isStatement(tokens, i) && isRunArgument(name, tokens[i + 2]))
    return found('rce.php-call', next, `${name}, called`)
  return null
}

/** A string or a variable; of what includes files, one that is a path. Other languages have words such as `include`. */
function isRunArgument(name: string, argument: CodeToken | undefined): boolean {
  if (!isArgument(argument)) return false
  return !/^(?:include|require)/.test(name) || /^\/|^\.\.|^\$_|:\/\/|\.php|\.inc\b|\0/.test(argument!.text)
}

/** Does a statement begin here? */
function isStatement(tokens: readonly CodeToken[], i: number): boolean {
  return i === 0 || /^[;{}@!&|?:]$/.test(tokens[i - 1]!.text)
}

/** The parenthesis is followed at once by a quote. */
function isCalledAtOnce(open: CodeToken, argument: CodeToken | undefined): boolean {
  return (
    argument !== undefined && argument.start === open.end && (argument.kind === 'string' || argument.kind === 'open')
  )
}

/** What stands in front of the first later parenthesis that is called by a value: a bracket or a quote. */
function calleeBefore(tokens: readonly CodeToken[], from: number): string {
  for (let i = from + 1; i < Math.min(tokens.length, from + 64); i++) {
    if (tokens[i]!.text === '(' && /^[)\]}]$/.test(tokens[i - 1]!.text)) return tokens[i - 1]!.text
  }
  return ''
}

/** A string, a variable, a call or nothing: what prose in parentheses is not. */
function isArgument(token: CodeToken | undefined): boolean {
  return token !== undefined && (token.kind === 'string' || token.kind === 'open' || token.text.startsWith('$'))
}

/** Is what the client sent among the first arguments, or a string that is a command, a wrapper or a file? */
function givesPayload(tokens: readonly CodeToken[], from: number): boolean {
  for (let i = from; i < Math.min(tokens.length, from + 12); i++) {
    const { kind, text } = tokens[i]!
    if (text === ';') return false
    if (kind === 'name' && (isSuperglobal(text) || text === 'base64_decode' || text === 'gzinflate')) return true
    if ((kind === 'string' || kind === 'open') && isPayload(text)) return true
    if (
      kind === 'name' &&
      i === from &&
      tokens[i + 1]?.text === ')' &&
      /^(?:ls|dir|pwd|whoami|uname|ifconfig|ipconfig|netstat|ps)$/.test(text)
    )
      return true
  }
  return false
}

/** Commands with which it is tried out whether code runs, files of the system, and wrappers. */
function isPayload(text: string): boolean {
  return (
    /^\s*(?:id|ls|dir|ps|pwd|whoami|uname|hostname|ifconfig|ipconfig|netstat|cat|type|wget|curl|nc|ncat|sleep|ping|echo|bash|sh|cmd|powershell|rm|chmod|touch|perl|python\d?|nslookup|find|systeminfo|net user)(?:[\s;|&'"$<>/.]|$)/.test(
      text,
    ) || /\/etc\/|\/bin\/|php:\/\/|data:|expect:\/\/|<\?php|cmd\.exe|c:\\/.test(text)
  )
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
  if (givesPayload(tokens, open + 1)) return true
  if (manner !== 'terse') return false
  for (let k = 0; k < i; k++) if (tokens[k]!.text === name && tokens[k + 1]?.text === '=') return true
  return (
    isStatement(tokens, i) &&
    isTight(tokens, open) &&
    (name.startsWith('$$') || isCalledAtOnce(tokens[open]!, tokens[open + 1]))
  )
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

function isNameOfRunner(text: string): boolean {
  return RUNNERS.has(text.replace(/^\\/, ''))
}

export function isSuperglobal(name: string): boolean {
  return (
    (SUPERGLOBALS as readonly string[]).includes(name.replace(/^[@&]+/, '')) ||
    /^\$http_(?:get|post|cookie|server|env|session|request|raw)_/.test(name)
  )
}

/** The value is the name of a function to call back: `passthru`, `\system`, `shell_exec=…`. */
export function callbackOf(lower: string): string | null {
  const [, name = ''] = /^\s{0,8}\\?([a-z_0-9]{4,32})\s{0,8}(?:$|[=;|(]|'|")/.exec(lower.slice(0, 64)) ?? []
  return CALLBACKS.has(name) ? name : null
}
