/**
 * `or` and `and` where a condition may begin: both are words of every text, so what stands beside them has to be more than
 * words. A blank stands for any white space.
 */
import { ABOVE } from '../../automaton.ts'
import { FUNCTIONS } from './functions.ts'

/** `xor` is rare enough as a word. */
const BOOLEANS = ['or', 'and']
const DIGITS = [...'0123456789']

/** What ends a value: the word may follow it at once. */
const CLOSING = ["'", '"', '`', ')', '*/', ABOVE]

/** What follows the word right away, in place of a blank. */
const CLOSE = ['(', '!', '~', '-', '@', '/*', '#', '.', '{', '$', '%']

/** What a condition begins with that no sentence goes on with, or seldom. */
const OPERANDS = [
  "'",
  '"',
  '(',
  '!',
  '~',
  '-',
  '@',
  '/*',
  '#',
  '{',
  '$',
  '.',
  'not ',
  'not(',
  'true',
  'false',
  'null',
  'exists',
  'case ',
  "n'",
  "x'",
  "b'",
  '_utf8',
  'row(',
  'interval',
  'binary ',
]

/** Names that are compared by themselves, as whoever guesses names writes them. */
const NAMES = [
  'user',
  'username',
  'name',
  'email',
  'password',
  'passwd',
  'pass',
  'login',
  'id',
  'a',
  'x',
  'b',
  'c',
  'role',
  'admin',
]
/** Of a number, and in front of a string that a condition compares with. */
const COMPARISONS = [...DIGITS.flatMap(digit => [`==${digit}`, `${digit}=(`, ` = ${digit}`]), "= '", '= "', "='"]

const COMPARED = ['=', ' =', ' like', ' is ', ' in', '<', '>', ' <', ' >', ' not ']

export const BOOLEAN_NEEDLES: readonly string[] = [
  ...COMPARISONS,
  ...BOOLEANS.flatMap(word => [
    ...CLOSING.flatMap(before => [`${before}${word} `, ...['(', '!', '~', '/*'].map(after => before + word + after)]),
    // No string of a list: another one follows.
    ...[`'${word}'`, `"${word}"`].flatMap(quoted => [...DIGITS, "'", '"', 'a', 'x', ' '].map(after => quoted + after)),
    ...DIGITS.flatMap(digit => [`'${word}${digit}`, `"${word}${digit}`]),
    ...['*/ ', "' ", `${ABOVE} `].map(before => `${before}${word} `),
    `' ${word}@`,
    `" ${word}`,
    ...DIGITS.flatMap(digit => [`${word} ${digit}`, `${word}  ${digit}`, `${word} (${digit}`]),
    ...["'", '"', '`'].map(quote => `\\${quote}${word}`),
    `''${word}`,
    ...OPERANDS.map(after => ` ${word} ${after}`),
    ...OPERANDS.map(after => ` ${word}  ${after}`),
    ...CLOSE.map(after => ` ${word}${after === '@' ? '@@' : after}`),
    ...DIGITS.flatMap(digit => [`${digit} ${word} `, `${digit}  ${word} `]),
    ...NAMES.flatMap(name => COMPARED.map(comparison => ` ${word} ${name}${comparison}`)),
    ...[...FUNCTIONS].map(name => ` ${word} ${name}(`),
    `${ABOVE}${word}${ABOVE}`,
    `%a0${word}`,
  ]),
]

/** Where nothing stands before the word. */
export const BOOLEAN_WORDS: readonly string[] = BOOLEANS.flatMap(word => [
  `${word} true`,
  `${word} false`,
  `${word} null`,
  `${word} not`,
])
