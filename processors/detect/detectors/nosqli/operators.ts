/** Operators of MongoDB in the place of a plain value: `user[$ne]=1`, `{"password":{"$gt":""}}`. */
import type { Finding } from '#schemas/contracts/detector.ts'
import { namesIn, OPERATORS, type Place, placeOf, UNUSUAL, WATCHED } from './place.ts'

export type Sighting = Omit<Finding, 'evidence'> & { readonly at: number; readonly end: number }

/** Operands that are true, or false, for nearly everything. */
const ANYTHING =
  /^(?:|null|undefined|nil|none|nan|-?[01]|true|false|x{1,8}|a|foo|bar|test|toto|admin|invalid|'|"|\{\}|\[\])$/

/** Expressions that match anything, or that ask for a length or for the next letter. */
const PROBE =
  /^\/?\^?(?:\.[*+](?:\$|\/\w*)?|\.?\{\d{1,3},?\d{0,3}\}|\.\{\d.*|\[[^\]]{1,64}\].*|[\w\\]{0,64}\.\*|)\$?\/?$/

const UNLESS = 'With a plain value in this place, or in a document that is a query (filter, where, query).'

/** The value of an operator: what it is compared with is known. */
export function judgeOperand(point: readonly string[], lower: string, path: string): Sighting | null {
  const names = namesIn(point)
  const at = names.findIndex(name => name.startsWith('$'))
  const operator = names[at]
  if (operator === undefined || !OPERATORS.has(operator) || !WATCHED.has(names.at(-1)!)) return null
  const place = placeOf(names.slice(0, at), path)
  if (place === 'query' || !saysAnything(place, operator, lower.trim())) return null
  return sighting(operator, names.slice(0, at), place, lower.length)
}

/** `user[$in][]` as the name of a parameter, `$ne` as a name in a document: whatever the operand is, no login is compared so. */
export function judgeName(point: readonly string[], lower: string, path: string): Sighting | null {
  const brackets = /^([\w.-]{1,128})((?:\[[\w$.-]{0,64}\]){1,8})$/.exec(lower)
  const inner = brackets === null ? [lower] : [brackets[1]!, ...brackets[2]!.slice(1, -1).split('][')]
  const names = brackets === null ? [...namesIn(point), ...inner] : inner
  const at = names.findIndex(name => name.startsWith('$'))
  const operator = names[at]
  if (operator === undefined || !OPERATORS.has(operator)) return null
  const place = placeOf(names.slice(0, at), path)
  const unusual = brackets !== null && place !== 'query' && UNUSUAL.has(operator)
  return place === 'login' || unusual ? sighting(operator, names.slice(0, at), place, lower.length) : null
}

/** A document whose names have no quotes, which only lenient readers take: `{$ne: 1}`, `{ $gt: '' }`. */
export function judgeDocument(point: readonly string[], lower: string, path: string): Sighting | null {
  const found = /^\s{0,16}\{\s{0,16}['"]?(\$[a-z]{2,16})['"]?\s{0,16}:/.exec(lower)
  const operator = found?.[1]
  if (operator === undefined || !OPERATORS.has(operator)) return null
  const names = namesIn(point)
  if (placeOf(names, path) === 'query' && names.length > 0) return null
  return sighting(operator, names, 'value', found![0].length)
}

/** `[$ne]=1`, `user[$gt]=&password[$gt]=`: brackets as a value, for what splits it once more. */
export function judgeBrackets(lower: string): Sighting | null {
  const found = /^[?&]?(?:([\w.-]{0,64})\[(\$[a-z]{2,16})\](?:\[\d{0,4}\])?=?)(?:[^\s&]{0,128})(?:$|&)/.exec(lower)
  const operator = found?.[2]
  if (operator === undefined || !OPERATORS.has(operator)) return null
  if (found![1] !== '' && placeOf([found![1]!], '') !== 'login') return null
  return sighting(operator, [found![1]!], 'value', found![0].length)
}

function saysAnything(place: Place, operator: string, operand: string): boolean {
  if (place === 'login') return true
  if (operator === '$regex' || operator === '$not') return operand !== '' && PROBE.test(operand)
  if (operator === '$ne' || operator === '$nin') return place === 'identity' ? ANYTHING.test(operand) : operand === ''
  // A range has a number; an empty string is less than every other one.
  if (/^\$[gl]te?$/.test(operator)) return operand === '' || operand === 'undefined' || operand === '{}'
  return operator === '$exists' && place === 'identity'
}

function sighting(operator: string, names: readonly string[], place: Place, end: number): Sighting {
  const owner = names.at(-1) ?? ''
  return {
    rule: 'nosqli.operator',
    severity: place === 'login' ? 'critical' : 'high',
    at: 0,
    end,
    why: `The operator ${operator} stands in the place of a plain value${owner === '' ? '' : ` (${owner.slice(0, 64)})`}, so that the query finds what it should not.`,
    shows: `${owner.slice(0, 64)} ${operator}`.trim(),
    unless: UNLESS,
  }
}
