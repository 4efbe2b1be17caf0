/** What code of Node.js does that no parameter should do. Judged on tokens, constant strings put together. */
import { type CodeToken, programsIn } from '../../text/code.ts'
import type { Manner } from '../../text/manner.ts'

export interface Sight {
  readonly rule: 'rce.node-process' | 'rce.node-module' | 'rce.js-eval' | 'rce.js-constructor'
  readonly at: number
  readonly shows: string
}

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))

/** Modules that start processes, run code or open the way to all others. */
const MODULES = words('child_process node:child_process vm node:vm repl worker_threads cluster module v8 inspector')
/** Modules that are used at once, not kept, by code that is a payload. */
const PLAIN_MODULES = words(
  'fs node:fs os node:os net node:net http https dns dgram tls crypto util path process fs/promises',
)

const STARTERS = words('exec execsync execfile execfilesync spawn spawnsync fork system popen')
const SURE_STARTERS = words('execsync execfilesync spawnsync execfile runinnewcontext runinthiscontext runincontext')

const PROCESS_MEMBERS = words('mainmodule binding dlopen _linkedbinding getbuiltinmodule')
const GLOBALS = words('global globalthis root window self this')

const COMMAND =
  /^\s*(?:id|ls|dir|ps|pwd|whoami|uname|hostname|ifconfig|ipconfig|netstat|cat|type|wget|curl|nc|ncat|sleep|ping|echo|bash|sh|zsh|\/bin\/\w+|cmd(?:\.exe)?|powershell|rm|touch|perl|python\d?|nslookup|calc(?:\.exe)?|env|printenv|dig|telnet)(?:[\s;|&'"$<>/]|$)/

/** Without such a string nothing is found in a listing: most that people paste have none. */
const QUOTED_COMMAND = new RegExp(`["'\`]${COMMAND.source.slice(1)}|["'\`]\\s{0,8}[.+]\\s{0,8}["'\`]`)

/** Strings that run when they are compiled. */
const CODE =
  /\brequire\b|\bprocess\b|child_process|\breturn\b|\balert\b|\bglobal\b|\bthis\b|\bwhile\b|\bfunction\b|import\(|\d\s?[*+]\s?\d|console\./

/** The first of each kind. The value may begin inside of a string that its first quote ends. */
export function sightsIn(lower: string, manner: Manner): readonly Sight[] {
  const sights = new Map<string, Sight>()
  if (manner === 'listing' && !QUOTED_COMMAND.test(lower)) return []
  for (const tokens of programsIn(lower)) {
    const program = { isDeclaration: declares(tokens), runsCommand: manner !== 'terse' && hasCommand(tokens) }
    for (let i = 0; i < tokens.length; i++) {
      const sight = sightAt(tokens, i, manner, program)
      if (sight !== null && !sights.has(sight.rule)) sights.set(sight.rule, sight)
    }
  }
  return [...sights.values()]
}

/** What is known of all the tokens. */
interface Program {
  readonly isDeclaration: boolean
  /** A command is run somewhere. */
  readonly runsCommand: boolean
}

function sightAt(tokens: readonly CodeToken[], i: number, manner: Manner, program: Program): Sight | null {
  const token = tokens[i]!
  const sight = (rule: Sight['rule'], shows: string): Sight => ({ rule, at: token.start, shows })
  const called = argumentOf(tokens, i)
  if (token.kind === 'string' || token.kind === 'open') {
    if (manner === 'terse' && token.text === 'constructor' && tokens[i - 1]?.text === '[' && isCodeAt(tokens, i + 2))
      return sight('rce.js-constructor', '["constructor"], called or followed by another')
    const isWritten = token.end - token.start <= token.text.length + 2
    const startsProcess =
      isWritten &&
      token.text.endsWith('child_process') &&
      (manner === 'terse' ? !program.isDeclaration : program.runsCommand)
    return startsProcess ? sight('rce.node-process', `module "${token.text}"`) : null
  }
  if (token.kind !== 'name') return null
  const starts = STARTERS.has(token.text) && isCommand(called)
  if (called !== undefined && (starts || (manner === 'terse' && SURE_STARTERS.has(token.text))))
    return sight('rce.node-process', `${token.text}("${called.text}")`)
  if (manner !== 'terse')
    return isReach(tokens, i) && program.runsCommand ? sight('rce.node-module', 'process.mainModule') : null
  if (token.text === 'require') return requireAt(tokens, i, program.isDeclaration, sight)
  if (isReach(tokens, i)) return sight('rce.node-module', `${token.text} ${keyAfter(tokens, i)}`)
  if (
    token.text === 'import' &&
    called?.kind === 'string' &&
    (MODULES.has(called.text) || called.text.startsWith('data:'))
  )
    return sight('rce.node-module', `import("${called.text}")`)
  if (isConstructor(tokens, i)) return sight('rce.js-constructor', 'constructor, called or followed by another')
  if (compiles(tokens, i, called)) return sight('rce.js-eval', `${token.text}()`)
  return null
}

/** The first token in the parentheses that follow, also after a key: `exec("id")`, `x["exec"]("id")`, `exec\`id\``. */
function argumentOf(tokens: readonly CodeToken[], i: number): CodeToken | undefined {
  const next = tokens[i + 1]
  if (next?.text === '(' && next.kind === 'punct') return tokens[i + 2]
  return undefined
}

/** `require('child_process')`, `require('fs').readdirSync(…)`, `require.main`, `require[…]`. */
function requireAt(
  tokens: readonly CodeToken[],
  i: number,
  isDeclaration: boolean,
  sight: (rule: Sight['rule'], shows: string) => Sight,
): Sight | null {
  const next = tokens[i + 1]?.text
  const called = argumentOf(tokens, i)
  if (next === '[' || (next === '.' && /^(?:main|cache|extensions)$/.test(tokens[i + 2]?.text ?? '')))
    return sight('rce.node-module', `require${next}`)
  if (called?.kind === 'name' && /^(?:req|request|params|query|body)$/.test(called.text))
    return sight('rce.node-module', 'require of what the client sent')
  if (called?.kind !== 'string') return null
  const goesOn = /^(?:\.|\[|\?\.)$/.test(tokens[i + 4]?.text ?? '')
  if (MODULES.has(called.text) && (!isDeclaration || goesOn))
    return sight('rce.node-module', `require("${called.text}")`)
  return PLAIN_MODULES.has(called.text) && goesOn && !isDeclaration
    ? sight('rce.node-module', `require("${called.text}"), used at once`)
    : null
}

/** `process.mainModule`, `global.process`, `global["process"]`, `module.constructor._load`. */
function isReach(tokens: readonly CodeToken[], i: number): boolean {
  const { text } = tokens[i]!
  const key = keyAfter(tokens, i)
  if (text === 'process') return PROCESS_MEMBERS.has(key)
  if (GLOBALS.has(text)) return key === 'process' || key === 'require'
  if (text === 'constructor') return key === '_load'
  if (text === 'deno') return /^(?:run|command|readtextfile(?:sync)?)$/.test(key)
  return text === 'bun' && /^(?:spawn(?:sync)?|\$)$/.test(key)
}

/** The member that is read of a name: `.x`, `?.x`, `["x"]`; empty when none is. */
function keyAfter(tokens: readonly CodeToken[], i: number): string {
  const next = tokens[i + 1]?.text
  if (next === '.' || next === '?.') return tokens[i + 2]?.text ?? ''
  return next === '[' && tokens[i + 2]?.kind === 'string' ? tokens[i + 2]!.text : ''
}

/** `x.constructor.constructor`, `x["constructor"]["constructor"]`, `constructor("code")`. */
function isConstructor(tokens: readonly CodeToken[], i: number): boolean {
  if (tokens[i]!.text !== 'constructor') return false
  if (keyAfter(tokens, i) === 'constructor') return true
  const called = argumentOf(tokens, i)
  return i > 0 && (called?.kind === 'string' || called?.kind === 'open') && CODE.test(called.text)
}

function isCodeAt(tokens: readonly CodeToken[], i: number): boolean {
  return (
    (tokens[i]?.text === '[' && tokens[i + 1]?.kind === 'string') ||
    (tokens[i]?.text === '(' && CODE.test(tokens[i + 1]?.text ?? ''))
  )
}

/** `eval(…)` and `Function(…)` of a string or of what makes one. */
function compiles(tokens: readonly CodeToken[], i: number, called: CodeToken | undefined): boolean {
  if (called === undefined) return false
  const { text } = tokens[i]!
  const isString = called.kind === 'string' || called.kind === 'open'
  if (text === 'eval')
    return (
      isString ||
      /^(?:string|atob|unescape|decodeuri\w*|require|process|global\w*|this|new|buffer|function|function\w*|\(|req|escape|location|\d+)$/.test(
        called.text,
      )
    )
  if (text === 'function') return isString && CODE.test(called.text)
  if (/^set(?:timeout|interval|immediate)$/.test(text)) return isString && CODE.test(called.text)
  return false
}

/** One declaration or import, as the first line of any program has it. */
function declares(tokens: readonly CodeToken[]): boolean {
  return /^(?:const|let|var|import)$/.test(tokens[0]?.text ?? '')
}

function hasCommand(tokens: readonly CodeToken[]): boolean {
  return tokens.some(({ kind, text }, i) => kind === 'name' && STARTERS.has(text) && isCommand(argumentOf(tokens, i)))
}

function isCommand(argument: CodeToken | undefined): boolean {
  return (argument?.kind === 'string' || argument?.kind === 'open') && COMMAND.test(argument.text)
}
