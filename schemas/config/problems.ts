/** What zod found wrong, in words for the person who wrote the file. */
import { z } from 'zod'
import { closest } from './closest.ts'
import type { ConfigDocument, Path, Problem } from './document.ts'
import { type Peeled, schemaAt, shapeOf } from './shape.ts'

type Issue = z.core.$ZodIssue

/** All problems of a document that its schema refused, in the order of the file. */
export function problemsOf(document: ConfigDocument, issues: readonly Issue[], schema: z.ZodType): readonly Problem[] {
  const found = issues.flatMap(issue => (issue.code === 'unrecognized_keys' ? unknownKeys(issue) : [wrongValue(issue)]))
  return found.sort((a, b) => a.line - b.line || a.column - b.column)

  function unknownKeys(issue: z.core.$ZodIssueUnrecognizedKeys): Problem[] {
    const known = knownKeys(schemaAt(schema, issue.path, document.value))
    return issue.keys.map(key => {
      const path = [...issue.path, key]
      const hint = closest(key, known)
      const message = `unknown key${hint === null ? `${listed(known)}` : ` (did you mean ${hint}?)`}`
      return { ...document.place(path, 'key'), path, message }
    })
  }

  function wrongValue(issue: Issue): Problem {
    const value = valueAt(document.value, issue.path)
    const secret = hidden(schema, document.value, issue.path)
    return { ...document.place(issue.path, 'value'), path: issue.path, message: describe(issue, value, secret) }
  }
}

/** `producers[0].speed` */
export function formatPath(path: Path): string {
  let text = ''
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`
    else if (/^[\w-]+$/.test(String(step))) text += text === '' ? String(step) : `.${String(step)}`
    else text += `[${JSON.stringify(String(step).slice(0, 64))}]`
  }
  return text
}

/** Is the value part of a secret? Then it must not be repeated in a message. */
function hidden(schema: z.ZodType, value: unknown, path: Path): boolean {
  return path.some((_, i) => {
    const upTo = path.slice(0, i + 1)
    return schemaAt(schema, upTo, value)?.secret === true
  })
}

function describe(issue: Issue, value: unknown, secret: boolean): string {
  if (value === undefined) return secret ? issue.message : `is missing: expected ${expectation(issue)}`
  if (secret || issue.code === 'custom') return issue.message
  if (issue.code === 'invalid_union' && issue.errors.length === 0)
    return `unknown ${String(issue.path.at(-1))} ${choice(issue, value)}`
  return `expected ${expectation(issue)}, received ${received(value)}`
}

function choice(issue: z.core.$ZodIssueInvalidUnion, value: unknown): string {
  const known = ('options' in issue ? (issue.options as readonly unknown[]) : []).map(String)
  const hint = closest(String(value), known)
  return `${received(value)}${hint === null ? listed(known) : ` (did you mean ${hint}?)`}`
}

function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return NOUNS.get(issue.expected) ?? issue.expected
    case 'too_big':
      return `${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${unit(issue.origin)}`
    case 'too_small':
      return `${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${unit(issue.origin)}`
    case 'invalid_value':
      return oneOf(issue.values.map(String))
    case 'invalid_union':
      return issue.errors.length === 0
        ? oneOf('options' in issue ? (issue.options as readonly unknown[]).map(String) : [])
        : issue.errors.flatMap(errors => (errors[0] ? [expectation(errors[0])] : [])).join(' or ')
    case 'invalid_format':
      return issue.message.startsWith('Invalid') ? `a valid ${issue.format}` : issue.message
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`
    case 'unrecognized_keys':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      return issue.message
    default:
      issue satisfies never
      return 'something else'
  }
}

const NOUNS: ReadonlyMap<string, string> = new Map([
  ['int', 'whole number'],
  ['array', 'list'],
  ['object', 'mapping of keys'],
  ['record', 'mapping of keys'],
  ['boolean', 'true or false'],
])

function unit(origin: string): string {
  if (origin === 'string') return ' characters'
  return origin === 'array' ? ' entries' : ''
}

function received(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (value !== null && typeof value === 'object') return 'a mapping'
  return typeof value === 'string' ? `string ${JSON.stringify(value.slice(0, 64))}` : String(value)
}

function knownKeys(peeled: Peeled | null): readonly string[] {
  const core = peeled?.core
  if (core instanceof z.ZodObject) return shapeOf(core).map(([key]) => key)
  return core instanceof z.ZodRecord && core.def.keyType instanceof z.ZodEnum
    ? core.def.keyType.options.map(String)
    : []
}

function listed(known: readonly string[]): string {
  return known.length === 0 ? '' : ` (known: ${known.slice(0, 16).join(', ')})`
}

function oneOf(values: readonly string[]): string {
  return values.length === 1 ? values[0]! : `one of ${values.join(', ')}`
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, step) => (at === null || typeof at !== 'object' ? undefined : (Reflect.get(at, step) as unknown)),
    value,
  )
}
