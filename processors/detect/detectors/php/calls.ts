/** Calls: functions by name, by a string or a variable that holds the name, and what they are given. */
import { type CodeToken, programsIn } from '../../text/code.ts'
import type { Manner } from '../../text/manner.ts'
import { givesPayload, isCalledAtOnce, isRunArgument } from './arguments.ts'
import { CALLBACKS, isDistinct, isLikely, isShort, RUNNERS } from './functions.ts'
import { hiddenCall, isStatement } from './hidden.ts'
import { isSuperglobal } from './tags.ts'

export interface Call {
  readonly rule: 'rce.php-call' | 'rce.php-variable-call' | 'rce.php-superglobal'
  readonly at: number
  readonly end: number
  readonly shows: string
}

/**
 * What a listing holds that is told from any other: a payload (`givesPayload`), a string that is called, strings put together. Most
 * that people paste hold nothing of it, and are not read further.
 */
const TELLING =
  /\$_|\$globals|\$http_|base64_decode|gzinflate|\/etc\/|\/bin\/|php:\/\/|data:|expect:\/\/|<\?php|cmd\.exe|c:\\|["'`]\s{0,8}\)?\s{0,8}\(|["'`]\s{0,8}[.+]\s{0,8}["'`]|["'`(]\s{0,8}(?:id|ls|dir|ps|pwd|whoami|uname|hostname|ifconfig|ipconfig|netstat|cat|type|wget|curl|nc|ncat|sleep|ping|echo|bash|sh|cmd|powershell|rm|chmod|touch|perl|python|nslookup|find|systeminfo|net user)(?![a-z_])/

/** The first call of each kind. The value may begin inside of a string that its first quote ends. */
export function callsIn(lower: string, manner: Manner): readonly Call[] {
  const calls = new Map<string, Call>()
  if (manner === 'listing' && !TELLING.test(lower)) return []
  for (const tokens of programsIn(lower)) {
    for (let i = 0; i < tokens.length; i++) {
      const call = callAt(tokens, i, manner)
      if (call !== null && !calls.has(call.rule)) calls.set(call.rule, call)
    }
  }
  return [...calls.values()]
}

function callAt(tokens: readonly CodeToken[], i: number, manner: Manner): Call | null {
  const token = tokens[i]!
  const found = (rule: Call['rule'], end: CodeToken, shows: string): Call => ({
    rule,
    at: token.start,
    end: end.end,
    shows,
  })
  const hidden = hiddenCall(tokens, i, manner)
  if (hidden !== null) return found('rce.php-variable-call', hidden.end, hidden.shows)
  if (token.kind === 'name') {
    if (isSuperglobal(token.text) && manner !== 'prose') {
      const next = tokens[i + 1]
      if (next !== undefined && /^[[{]$/.test(next.text))
        return found('rce.php-superglobal', next, `variable ${token.text}, subscript`)
      if (manner === 'terse' && !isNamedInSentence(tokens, i))
        return found('rce.php-superglobal', token, `variable ${token.text}`)
    }
    return namedCall(tokens, i, manner, found)
  }
  return null
}

/** `what does $_GET mean`: words on both sides. */
function isNamedInSentence(tokens: readonly CodeToken[], i: number): boolean {
  const isWord = (token: CodeToken | undefined) => token?.kind === 'name' && /^[a-z]{2,}$/.test(token.text)
  return isWord(tokens[i - 1]) && isWord(tokens[i + 1]) && !/^(?:echo|print|return)$/.test(tokens[i - 1]!.text)
}

type Found = (rule: Call['rule'], end: CodeToken, shows: string) => Call

function namedCall(tokens: readonly CodeToken[], i: number, manner: Manner, found: Found): Call | null {
  const token = tokens[i]!
  const next = tokens[i + 1]
  const name = token.text.replace(/^@+/, '')
  if (manner === 'terse' && next?.text === '=' && isWrapped(tokens, i) && isDistinct(name) && !CALLBACKS.has(name))
    return found('rce.php-call', next, `${name}, with what it is given in parentheses`)
  const isMuted = name !== token.text && (RUNNERS.has(name) || name === 'print')
  if (next?.text !== '(') return null
  if (isMuted && manner === 'terse') return found('rce.php-call', next, `${name}, called with its errors muted`)
  const before = tokens[i - 1]?.text
  const isMember = /^(?:\.|\?\.|->)$/.test(before ?? '') && /^[\w$)\]]/.test(tokens[i - 2]?.text ?? '')
  const isMethod = isMember || before === 'function' || before === 'def'
  if (isMethod && !name.includes('_')) return null
  if (isDistinct(name) || (isLikely(name) && isCalledAtOnce(next, tokens[i + 2]))) {
    const isCalled = manner === 'terse' && !isMention(tokens, i)
    if (isCalled || givesPayload(tokens, i + 2)) return found('rce.php-call', next, `${name}, called`)
    return null
  }
  if (isMethod) return null
  const isPayloadCall = /^(?:include|require)/.test(name)
    ? isRunArgument(name, tokens[i + 2])
    : givesPayload(tokens, i + 2)
  if (isShort(name) && isPayloadCall) return found('rce.php-call', next, `${name}, called with a payload`)
  // Of C, too.
  if (name === 'printf' && tokens[i + 2]?.text.includes('%')) return null
  if (manner === 'terse' && RUNNERS.has(name) && isStatement(tokens, i) && isRunArgument(name, tokens[i + 2]))
    return found('rce.php-call', next, `${name}, called`)
  return null
}

/** `zlib_decode=(x)`: an equals sign that a filter in front drops, or puts there, and nothing behind the parentheses. */
function isWrapped(tokens: readonly CodeToken[], i: number): boolean {
  return i === 0 && tokens[2]?.text === '(' && tokens[2].start === tokens[1]!.end && tokens.at(-1)?.text === ')'
}

/** The value is the name of a function to call back: `passthru`, `\system`, `shell_exec=…`. */
export function callbackOf(lower: string): string | null {
  const [, name = ''] = /^\s{0,8}\\?([a-z_0-9]{4,32})\s{0,8}(?:$|[=;|(]|'|")/.exec(lower.slice(0, 64)) ?? []
  return CALLBACKS.has(name) ? name : null
}

/** `the function print_r() fails`, `Warning: mysqli_connect(): …`: a name with empty parentheses behind a word, as people write of it. */
function isMention(tokens: readonly CodeToken[], i: number): boolean {
  const [before, open, close] = [tokens[i - 1], tokens[i + 1], tokens[i + 2]]
  if (before === undefined || close?.text !== ')' || tokens[i]!.end !== open!.start) return false
  const isWord =
    before.kind === 'name' &&
    !/^(?:echo|print|return|die|exit|and|or|xor|new|throw|yield|include|require)$/.test(before.text)
  return isWord || (before.text === ':' && tokens[i - 2]?.kind === 'name')
}
