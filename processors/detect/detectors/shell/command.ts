/** What the lexer of Unix shells hands out. */

export interface Word {
  /** As the program gets it; what is not known is left out. */
  readonly text: string
  readonly start: number
  readonly end: number
  /** Quotes around all of it. */
  readonly quoted: boolean
  /** Spelling that changes nothing but what a filter sees: `c'a't`, `c\at`, `c$@at`, `${IFS}`. */
  readonly tricks: number
  /** Something in it is not known: the result of a program, a variable of the server. */
  readonly open: boolean
}

export interface Redirect {
  readonly operator: string
  readonly target: string
}

/** What stands before a command. `start` is the beginning of the value. */
export type Intro = 'start' | ';' | '|' | '||' | '&' | '&&' | 'newline' | '(' | ')' | '$(' | '`' | '<('

export interface Command {
  readonly intro: Intro
  /** White space follows the separator. */
  readonly spaced: boolean
  /** Index of the separator, and of the first character behind the command. */
  readonly start: number
  readonly end: number
  readonly words: readonly Word[]
  readonly redirects: readonly Redirect[]
  /** Name and value pairs in front. */
  readonly assignments: number
  /** The command whose output this one reads. */
  readonly piped: Command | null
  /** `name(`: a call or definition of some language, no command. */
  readonly call: boolean
}
