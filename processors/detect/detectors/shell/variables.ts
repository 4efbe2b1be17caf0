/**
 * What `$name` and `${…}` stand for: variables that the value sets itself, those whose content every shell knows well
 * enough, and those that are empty.
 */

export interface Expansion {
  readonly text: string
  /** Behind the expansion. */
  readonly end: number
  readonly known: boolean
  /** It stands for nothing or for a blank, so it only hides what is around it. */
  readonly hides: boolean
}

/** Longest `${…}`. */
const MAX_BRACES = 160
const MAX_VALUE = 512
const MAX_VARIABLES = 64

const WELL_KNOWN: ReadonlyMap<string, string> = new Map([
  ['IFS', ' '],
  ['HOME', '/root'],
  ['PWD', '/var/www'],
  ['OLDPWD', '/'],
  ['SHELL', '/bin/sh'],
  ['BASH', '/bin/bash'],
  ['PATH', '/usr/local/bin:/usr/bin:/bin'],
  ['0', 'sh'],
  ['PS2', '> '],
  ['PS4', '+ '],
  ['LS_COLORS', ''],
])

/** Variables whose content is the server's affair. */
const OF_THE_SERVER = new Set([
  'USER',
  'HOSTNAME',
  'LOGNAME',
  'UID',
  'EUID',
  'RANDOM',
  'LANG',
  'TERM',
  'HOSTTYPE',
  'OSTYPE',
  'MACHTYPE',
  'BASH_VERSION',
  'SECONDS',
  'PPID',
])

export class Variables {
  readonly #set = new Map<string, string>()

  set(name: string, value: string): void {
    if (this.#set.size < MAX_VARIABLES || this.#set.has(name)) this.#set.set(name, value.slice(0, MAX_VALUE))
  }

  get(name: string): string | undefined {
    return this.#set.get(name) ?? WELL_KNOWN.get(name.toUpperCase())
  }

  isSet(name: string): boolean {
    return this.#set.has(name)
  }
}

/** The expansion whose dollar sign stands at `at`; null when it is none. */
export function expansionAt(text: string, at: number, variables: Variables): Expansion | null {
  const next = text[at + 1]
  if (next === '{') return inBraces(text, at, variables)
  if (next === '(') return arithmetic(text, at)
  const name = /^(?:[a-z_]\w{0,63}|[0-9@*#?!$_-])/i.exec(text.slice(at + 1, at + 66))?.[0]
  return name === undefined ? null : expansion(name, at + 1 + name.length, variables)
}

function expansion(name: string, end: number, variables: Variables): Expansion {
  const value = variables.get(name)
  if (value !== undefined) return { text: value, end, known: true, hides: variables.isSet(name) || /^ifs$/i.test(name) }
  return { text: '', end, known: !OF_THE_SERVER.has(name), hides: !OF_THE_SERVER.has(name) }
}

/** `$((7))`, `$((1+2))`: a number, whichever. */
function arithmetic(text: string, at: number): Expansion | null {
  const close = text.slice(at, at + 80).indexOf('))')
  if (close < 0) return null
  const inside = text.slice(at + 3, at + close).trim()
  return { text: /^\d{1,9}$/.test(inside) ? inside : '0', end: at + close + 2, known: true, hides: true }
}

/**
 *     "${" ["!" | "#"] name [operation] "}"
 *     operation = ":" offset [":" length] | [":"] ("-" | "=" | "+" | "?") word | ("/" | "//") pattern ["/" word]
 *               | "#" pattern | "%" pattern | "^" | "^^" | "," | ",," | "@" letter
 */
function inBraces(text: string, at: number, variables: Variables): Expansion | null {
  const close = text.slice(at, at + MAX_BRACES).indexOf('}')
  if (close < 0) return null
  const end = at + close + 1
  const parts = /^([!#]?)([a-z_]\w{0,63}|\d{1,2}|[@*#?$!-])([\s\S]*)$/i.exec(text.slice(at + 2, at + close))
  if (parts === null) return null
  const [, mark, name, operation] = parts as unknown as [string, string, string, string]
  if (mark === '#') return { text: '0', end, known: true, hides: true }
  const value = variables.get(name)
  const plain = expansion(name, end, variables)
  if (operation === '') return plain
  return {
    ...plain,
    text: transformed(value ?? '', operation.replace(/^\[[@*\d]{1,4}\]/, ''), value !== undefined).slice(0, MAX_VALUE),
    hides: true,
  }
}

function transformed(value: string, operation: string, isSet: boolean): string {
  const slice = /^:\s?\(?(-?\d{1,4})\)?(?::(-?\d{1,4}))?$/.exec(operation)
  if (slice !== null) {
    const from = Number(slice[1])
    const length = slice[2] === undefined ? undefined : Number(slice[2])
    return value.slice(from).slice(0, length)
  }
  const fallback = /^:?([-=+])([\s\S]*)$/.exec(operation)
  if (fallback !== null) {
    if (fallback[1] === '+') return isSet ? fallback[2]! : ''
    return isSet && value !== '' ? value : fallback[2]!.replace(/^(['"])([\s\S]*)\1$/, '$2')
  }
  const replacement = /^(\/\/?)([^/]{1,32})(?:\/([\s\S]*))?$/.exec(operation)
  if (replacement !== null) {
    const [, slashes, from, to = ''] = replacement as unknown as [string, string, string, string?]
    return slashes === '//' ? value.replaceAll(from, () => to) : value.replace(from, () => to)
  }
  if (operation.startsWith('^')) return value.toUpperCase()
  if (operation.startsWith(',')) return value.toLowerCase()
  const cut = operation.replace(/^[#%]{1,2}/, '')
  if (operation.startsWith('%') && value.endsWith(cut)) return value.slice(0, value.length - cut.length)
  if (operation.startsWith('#') && value.startsWith(cut)) return value.slice(cut.length)
  return value
}
