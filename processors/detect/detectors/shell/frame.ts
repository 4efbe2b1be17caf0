/** What the lexer keeps of a program, a command and a word while it reads them. */
import type { Command, Intro, Redirect, Word } from './command.ts'

export interface Frame {
  readonly intro: Intro
  readonly closer: '' | ')' | '`'
  command: Draft
  word: WordDraft | null
  double: boolean
  /** Open parentheses of this frame that are no substitution. */
  parentheses: number
}

export interface Draft {
  intro: Intro
  spaced: boolean
  start: number
  words: Word[]
  redirects: Redirect[]
  assignments: number
  piped: Command | null
  pending: string
  call: boolean
}

export interface WordDraft {
  text: string
  start: number
  tricks: number
  quotedFrom: number
  quotedTo: number
  open: boolean
  /** Braces and equals signs in quotes are letters. */
  plain: boolean
}

export function frameOf(intro: Intro, closer: Frame['closer'], start: number): Frame {
  return { intro, closer, command: draftOf(intro, start, null), word: null, double: false, parentheses: 0 }
}

export function draftOf(intro: Intro, start: number, piped: Command | null): Draft {
  return { intro, spaced: false, start, words: [], redirects: [], assignments: 0, piped, pending: '', call: false }
}

export function wordOf(start: number): WordDraft {
  return { text: '', start, tricks: 0, quotedFrom: -1, quotedTo: -1, open: false, plain: false }
}
