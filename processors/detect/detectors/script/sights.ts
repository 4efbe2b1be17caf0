/** Finds the calls of `calls.ts`, and the constructs by which these languages are got at from inside. */
import { type CodeToken, programsIn } from '../../text/code.ts'
import type { Manner } from '../../text/manner.ts'
import { type Callee, calleeOf, isPayload } from './calls.ts'

export interface Sight {
  readonly rule: string
  readonly at: number
  readonly shows: string
  readonly why: string
}

/** Members by which any object of Python leads to all modules. */
const LEADS = /^__(?:class|mro|base|bases|subclasses|globals|builtins|import)__$/
const INTERNALS =
  /^__(?:class|mro|base|bases|subclasses|globals|builtins|import|init|dict|getattribute|getitem|code|reduce|reduce_ex|loader|spec|self|func|call|new|setattr|getattr)__$/

/** Functions that start a process, as members of whatever object. */
const STARTERS: ReadonlySet<string> = new Set(['system', 'popen'])

/** The first of each rule. The value may begin inside of a string that its first quote ends. */
export function sightsIn(lower: string, manner: Manner): readonly Sight[] {
  const sights = new Map<string, Sight>()
  for (const tokens of programsIn(lower)) {
    const internals = manner === 'prose' ? null : internalsOf(tokens, manner)
    if (internals !== null && !sights.has(internals.rule)) sights.set(internals.rule, internals)
    for (let i = 0; i < tokens.length; i++) {
      const sight = tokens[i]!.kind === 'name' ? callAt(tokens, i, manner) : null
      if (sight !== null && !sights.has(sight.rule)) sights.set(sight.rule, sight)
    }
  }
  return [...sights.values()]
}

/** `().__class__.__bases__`: members that only introspection uses, in one chain, or in a terse value one of a literal. */
function internalsOf(tokens: readonly CodeToken[], manner: Manner): Sight | null {
  for (const [i, { text, start }] of tokens.entries()) {
    if (!LEADS.test(text)) continue
    const whole = /^__(?:builtins|globals|subclasses)__$/.test(text) && tokens.length < 12
    if (!chainsOn(tokens, i) && !(manner === 'terse' && (whole || isOfLiteral(tokens, i)))) continue
    return {
      rule: 'rce.python-internals',
      at: start,
      shows: text,
      why: 'The code goes from an object to its class and from there to all others, to get at what it was not given.',
    }
  }
  return null
}

/** Is another such member read of what this one is, possibly called or indexed in between? */
function chainsOn(tokens: readonly CodeToken[], i: number): boolean {
  for (let k = i + 1; k < Math.min(tokens.length, i + 10); k++) {
    const { kind, text } = tokens[k]!
    if (INTERNALS.test(text)) return true
    if (kind === 'name' || (kind === 'punct' && !/^[.()[\]]$/.test(text))) return false
  }
  return false
}

/** `"".x`, `().x`, `[].x`, `{}.x`, `(1).x` */
function isOfLiteral(tokens: readonly CodeToken[], i: number): boolean {
  if (tokens[i - 1]?.text !== '.') return false
  const object = tokens[i - 2]
  if (object?.kind === 'string') return true
  if (!/^[)\]}]$/.test(object?.text ?? '')) return false
  const inner = tokens[i - 3]
  return /^[([{]$/.test((inner?.kind === 'number' ? tokens[i - 4] : inner)?.text ?? '')
}

function callAt(tokens: readonly CodeToken[], i: number, manner: Manner): Sight | null {
  const isMember = /^[.?]|^->$|^::$/.test(tokens[i - 1]?.text ?? '')
  const path: string[] = [tokens[i]!.text.replace(/^[@$]+/, '')]
  if (isMember) path.unshift('')
  let end = i + 1
  while (
    /^(?:\.|::)$/.test(tokens[end]?.text ?? '') &&
    tokens[end + 1]?.kind === 'name' &&
    isAdjacent(tokens, end) &&
    path.length < 8
  ) {
    path.push(tokens[end + 1]!.text)
    end += 2
  }
  const callee = isMember && STARTERS.has(path[1]!) ? calleeOf(path.slice(1)) : calleeOf(path)
  if (callee === null) return null
  const called = tokens[end]
  const argument = called?.text === '(' || called?.text === '[' || called?.text === '{' ? tokens[end + 1] : called
  const isCall = called?.text === '(' && called.kind === 'punct'
  const isString = called?.kind === 'string' || called?.kind === 'open'
  const isCommand =
    isString && called.start > tokens[end - 1]!.end && callee.language !== 'python' && callee.language !== 'net'
  if (!isCall && !isCommand) return null
  const command = isCommand && isPayload(called.text) ? `"${called.text}"` : null
  const payload = isCall ? argumentsOf(tokens, end, argument) : command
  if (payload !== null) return sightOf(callee, tokens[i]!, `${path.join('.')}(${payload})`)
  if (manner !== 'terse' || !callee.sure || !isAtStart(tokens, i)) return null
  return sightOf(callee, tokens[i]!, `${path.join('.')}()`)
}

/** No blank around the point: `os . system` is a sentence that ends in "os". */
function isAdjacent(tokens: readonly CodeToken[], i: number): boolean {
  return tokens[i - 1]!.end === tokens[i]!.start && tokens[i]!.end === tokens[i + 1]!.start
}

function sightOf(callee: Callee, token: CodeToken, shows: string): Sight {
  return {
    rule: callee.language === 'net' ? 'rce.net-code' : `rce.${callee.language}`,
    at: token.start,
    shows,
    why: `The code calls a function of ${NAMES[callee.language]} that starts processes, runs strings or reads what it should not.`,
  }
}

const NAMES: Readonly<Record<Callee['language'], string>> = {
  python: 'Python',
  ruby: 'Ruby',
  perl: 'Perl',
  lua: 'Lua',
  net: '.NET',
}

/** The first of the next arguments that is a payload, or null. */
function argumentsOf(tokens: readonly CodeToken[], from: number, first: CodeToken | undefined): string | null {
  if (first === undefined) return null
  let depth = 0
  for (let i = from; i < Math.min(tokens.length, from + 8); i++) {
    const { kind, text } = tokens[i]!
    if (text === ';') return null
    if (text === '(') depth++
    if (text === ')' && --depth === 0) return null
    if ((kind === 'string' || kind === 'open') && isPayload(text)) return `"${text}"`
    if (kind === 'name' && /^(?:__import__|base64|b64decode|request|params|codecs)$/.test(text) && i > from) return text
  }
  return null
}

/** Nothing in front of it but quotes, brackets, imports and functions that print. */
function isAtStart(tokens: readonly CodeToken[], i: number): boolean {
  for (let k = 0; k < i; k++) {
    const { kind, text } = tokens[k]!
    if (kind === 'punct' && text !== '=') continue
    if (
      kind === 'name' &&
      /^(?:import|from|as|os|subprocess|sys|pty|print|puts|p|str|repr|eval|exec|and|or|if|new|return|raise|yield|await|lambda|not|response|write|x|a|self|system|time|sleep|require|then|else|end|begin|do)$/.test(
        text,
      )
    )
      continue
    if (kind === 'number' || kind === 'string') continue
    return false
  }
  return true
}
