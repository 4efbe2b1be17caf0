/**
 * Where a command stands in the value decides how sure it has to be: nobody begins a value with `;`, but people write
 * semicolons, `&` and backticks in sentences and programs in tickets.
 */

import type { Command, Intro } from './command.ts'
import { isListing, isTable } from './markdown.ts'
import type { Telling } from './names.ts'
import { type Reading, readingOf } from './reading.ts'
import { ASKED, DOCUMENTED, isHardlyWord, isListed, SPOKEN } from './usage.ts'
import { isOption } from './words.ts'

/** What is known of the value around its commands. */
export interface Surroundings {
  readonly text: string
  /** How many words it holds that only sentences have. */
  readonly talk: number
  /** The name of the value says that it is a command, or it is a header that never is one. */
  readonly telling: Telling
  /** It stands in a document whose fields have types: the path of a shell is a setting there. */
  readonly typed: boolean
  /** The value is read from its beginning, outside of quotes. */
  readonly whole: boolean
}

/** Longest value that is taken for something else than a document. */
export const SHORT = 1000
/** Longest value whose lines can be an argument and a command. */
const FEW_LINES = 4

export class Places {
  readonly #around: Surroundings
  readonly #talk: number
  /** It is a list of names between pipes. */
  readonly #listing: boolean
  /** It is a row of a table of Markdown. */
  readonly #table: boolean
  /** The value begins with a command: it is a program, not an argument that goes on. */
  #program = false

  constructor(around: Surroundings) {
    this.#around = around
    const { text } = around
    this.#talk = around.talk + (text.length > SHORT ? 2 : 0)
    this.#table = isTable(text)
    this.#listing = isListing(text)
  }

  /** The reading of a command that would run where it stands, or null. */
  judge(command: Command): Reading | null {
    const reading = readingOf(command)
    if (command.intro === 'start') {
      if (!this.#around.whole) return null
      this.#program = (reading?.fits === true && reading.strength !== 'weak') || isTyped(command)
      return reading !== null && this.#direct(command, reading) ? reading : null
    }
    if (reading === null) return null
    return this.#runs(command, reading) ? reading : null
  }

  /** The value as a whole is a command line. */
  #direct(command: Command, { strength, known, operands, tricks, name, fits, absolute }: Reading): boolean {
    if (this.#talk > 1) return false
    if (!fits) return false
    const { telling, text, typed } = this.#around
    if (absolute && operands === 0 && (known.family === 'shell' || !text.startsWith('/'))) return !typed
    if (strength === 'strong') return true
    if (strength === 'weak') return telling === 'command' && (ASKED.has(name) || operands > 0)
    if (tricks > 0 || telling === 'command') return true
    if (this.#talk > 0 || DOCUMENTED.has(name)) return telling !== null && known.rare && this.#talk === 0
    if (known.rare && telling !== null) return true
    if (telling === 'parameter' && command.words.length > 1 && command.words.slice(1).every(one => isOption(one.text)))
      return true
    if (known.rare && operands === 0) return this.#breaksOff(command)
    return operands > 0 && !SPOKEN.has(name) && text.length < 120 && !text.includes('\n')
  }

  /** `whoami;0'`: the name of a command and a separator, and behind it no further name of a list. */
  #breaksOff({ end }: Command): boolean {
    const { text } = this.#around
    return text[end] === ';' && text.length < 64 && /^[^\sa-z]*['"`\\#]/i.test(text.slice(end + 1))
  }

  #runs(command: Command, reading: Reading): boolean {
    const { intro } = command
    const { strength } = reading
    if (this.#talk > 2) return strength === 'strong' && this.#talk < 5 && intro !== '`' && intro !== 'newline'
    if (strength === 'strong' && intro !== ')') return intro !== '`' || this.#talk < 2
    switch (intro) {
      case '$(':
      case '<(':
        return (
          strength === 'usual' || (this.#talk === 0 && reading.fits && !reading.shouted && isHardlyWord(reading.name))
        )
      case '`':
        return this.#inBackticks(command, reading)
      case 'newline':
        return this.#onLine(command, reading)
      case '(':
        return (
          this.#talk === 0 &&
          !this.#qualifies(command) &&
          ((strength === 'usual' && this.#isSubshell(command, reading)) || this.#leads(command))
        )
      case ')':
        return false
      default:
        return this.#follows(command, reading) && (strength === 'usual' || this.#isBelieved(command, reading))
    }
  }

  /** `x;(sleep 5)`, `"(whoami)`, but not `(dpkg 1.15.8)`. */
  #isSubshell({ start }: Command, { known, tricks, name }: Reading): boolean {
    if (/[;|&]/.test(this.#around.text[start - 1] ?? '')) return true
    return tricks > 0 || (known.rare && !DOCUMENTED.has(name))
  }

  /** `package (dpkg 1.15.8)`: behind a word, parentheses hold a remark; a shell takes none there. */
  #qualifies({ start }: Command): boolean {
    return /[\p{L}\d_.,:%]\s*$/u.test(this.#around.text.slice(Math.max(0, start - 8), start))
  }

  /** `` x`id` ``, but not `` run `ls -la` first ``. */
  #inBackticks({ start }: Command, reading: Reading): boolean {
    const before = this.#around.text.slice(Math.max(0, start - 24), start)
    if (this.#talk > 0 || (/\s$/.test(before) && before.trim() !== '' && !/[\d;|&)]\s*$|[;|&]\s*echo\s*$/.test(before)))
      return false
    if (DOCUMENTED.has(reading.name) && reading.tricks === 0) return false
    if (reading.operands === 0 && reading.known.family === 'code') return false
    return reading.strength === 'usual' || (reading.fits && !reading.shouted && isHardlyWord(reading.name))
  }

  /** An argument, then a command on a line of its own. */
  #onLine(command: Command, reading: Reading): boolean {
    if (this.#program || this.#talk > 0 || DOCUMENTED.has(reading.name)) return false
    const { text } = this.#around
    let lines = 1
    for (let at = text.indexOf('\n'); at >= 0 && lines <= FEW_LINES; at = text.indexOf('\n', at + 1)) lines++
    if (lines > FEW_LINES) return false
    return (
      reading.strength === 'usual' || (text.length < 64 && this.#isBelieved({ ...command, spaced: false }, reading))
    )
  }

  /** After a separator. A program may have more than one command; what follows an argument is injected. */
  #follows({ start, intro, spaced }: Command, { name, known, tricks, operands }: Reading): boolean {
    if (this.#program && tricks === 0 && (!known.rare || DOCUMENTED.has(name))) return false
    if (this.#listing && intro === '|' && operands === 0) return false
    const before = this.#around.text.slice(0, Math.min(start, 200)).trim()
    if (operands === 0 && DOCUMENTED.has(name) && ALPHABETIC.test(before) && !ISOLATING.has(intro)) return false
    return this.#talk === 0 || !spaced || ISOLATING.has(intro) || !/\s\S+\s/.test(before)
  }

  /** Nothing stands before the separator but what closes something: nobody begins a value like that. */
  #leads({ start, intro, spaced }: Command): boolean {
    if (start > 16 || this.#table) return false
    const closing = /^['"`)\]}\\\d\s;|&({]*$/.test(this.#around.text.slice(0, start))
    return closing && (intro !== '(' || start > 0) && (!spaced || intro === ';' || ISOLATING.has(intro))
  }

  /** `ls | wc`, `ps|more`: commands on both sides, and one of them no word. */
  #isPipeline(piped: Command, name: string): boolean {
    const reading = readingOf(piped)
    return reading !== null && reading.name !== name && (isHardlyWord(name) || isHardlyWord(reading.name))
  }

  /** A weak name is believed when nothing stands before it, or one token that is no name in a list. */
  #isBelieved(command: Command, reading: Reading): boolean {
    const { start, spaced, intro, piped } = command
    const { name, operands, fits, shouted } = reading
    if (shouted || this.#talk > 1) return false
    if (this.#leads(command)) return this.#talk === 0
    const before = this.#around.text
      .slice(Math.max(0, start - 80), start)
      .trim()
      .replace(/^\w{1,32}=/, '')
    if (fits && piped !== null && piped.intro === 'start' && this.#isPipeline(piped, name)) return true
    if ((intro === '|' && (this.#table || before.includes('('))) || /\s/.test(before) || start > 79) return false
    if (ISOLATING.has(intro) && !spaced && isHardlyWord(reading.name)) return true
    if (!fits) return false
    if (/^['"`)\]}\\\d]*$/.test(before)) return isHardlyWord(reading.name)
    if (!isHardlyWord(name)) return false
    return !isListed(name) || operands > 0 || before.length === 1 || ISOLATING.has(intro) || !ALPHABETIC.test(before)
  }
}

/** `npm run build`, `git push`: what developers put before `&&`. */
function isTyped({ words }: Command): boolean {
  return words.length > 1 && DOCUMENTED.has(words[0]!.text)
}

/** One token of a list of names. */
const ALPHABETIC = /^[a-z_|;,&-]+$/i

/** No list is separated with these. */
const ISOLATING: ReadonlySet<Intro> = new Set<Intro>(['||', '&&'])
