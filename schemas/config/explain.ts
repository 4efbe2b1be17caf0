/** The configuration's reference, made from its schema: every key with type, default and description. */
import { z } from 'zod'
import { discriminatorOf, labelOf, optionsOf, peel, shapeOf } from './shape.ts'

export interface KeyInfo {
  /** `producers[pcap-file].speed`: a list's entries by their type. */
  readonly path: string
  readonly type: string
  /** As it would be written; null when there is none. */
  readonly fallback: string | null
  readonly required: boolean
  readonly description: string
}

/** The objects around a key, outermost first: one that is inside itself is shown once. */
type Inside = readonly z.ZodType[]

/** One row per key, in order of the schema; a mapping's own row comes before its keys. */
export function keysOf(schema: z.ZodType): readonly KeyInfo[] {
  const rows: KeyInfo[] = []
  walk(schema, '', rows, [])
  return rows
}

/**
 * Text for `tapwire config explain`. With the checked configuration `value`, each key also shows what it is set to
 * (secrets by where they come from).
 */
export function explain(schema: z.ZodType, value?: unknown): string {
  const lines = keysOf(schema).flatMap(({ path, type, fallback, required, description }) => {
    const facts = [type, required ? 'required' : '', fallback === null ? '' : `default ${fallback}`]
    const set = value === undefined ? undefined : lookup(value, path)
    const now = set === undefined || isMapping(set) ? '' : `\n    now: ${JSON.stringify(set)}`
    return [`${path}  (${facts.filter(fact => fact !== '').join(', ')})`, `    ${description}${now}`]
  })
  return `${lines.join('\n')}\n`
}

function walk(schema: z.ZodType, path: string, rows: KeyInfo[], inside: Inside): void {
  const { core, description, fallback, required, secret } = peel(schema)
  if (path !== '') {
    const shown = fallback === undefined || isMapping(fallback) ? null : JSON.stringify(fallback)
    rows.push({ path, type: secret ? 'secret' : typeName(core), fallback: shown, required, description })
  }
  if (secret || inside.includes(core)) return
  if (core instanceof z.ZodObject) {
    for (const [key, inner] of shapeOf(core)) walk(inner, path === '' ? key : `${path}.${key}`, rows, [...inside, core])
  } else if (core instanceof z.ZodArray) options(core.element as z.ZodType, path, rows, inside)
  else if (core instanceof z.ZodRecord)
    below(core.def.valueType as z.ZodType, `${path}.<${keyName(core)}>`, rows, inside, null)
  else if (core instanceof z.ZodUnion) options(core, path, rows, inside)
}

/** Each alternative, labelled by what tells it from the others. */
function options(schema: z.ZodType, path: string, rows: KeyInfo[], inside: Inside): void {
  const { core } = peel(schema)
  const discriminator = core instanceof z.ZodUnion ? discriminatorOf(core) : null
  if (discriminator === null) {
    if (!(core instanceof z.ZodUnion)) below(core, `${path}[]`, rows, inside, null)
    return
  }
  for (const option of optionsOf(core as z.ZodUnion)) {
    const labelled = `${path}[${labelOf(option, discriminator)}]`
    const { description } = peel(option)
    rows.push({
      path: labelled,
      type: `${discriminator}: ${labelOf(option, discriminator)}`,
      fallback: null,
      required: false,
      description,
    })
    below(option, labelled, rows, inside, discriminator)
  }
}

/** Keys below a part of a path that is no key itself. */
function below(schema: z.ZodType, path: string, rows: KeyInfo[], inside: Inside, except: string | null): void {
  const { core } = peel(schema)
  if (!(core instanceof z.ZodObject) || inside.includes(core)) return
  for (const [key, inner] of shapeOf(core)) {
    if (key !== except) walk(inner, `${path}.${key}`, rows, [...inside, core])
  }
}

function typeName(core: z.ZodType): string {
  if (core instanceof z.ZodNumber) return range(core)
  if (core instanceof z.ZodBoolean) return 'true or false'
  if (core instanceof z.ZodEnum) return core.options.join(' | ')
  if (core instanceof z.ZodLiteral) return [...core.values].map(value => JSON.stringify(value)).join(' | ')
  if (core instanceof z.ZodArray) return `list of ${typeName(peel(core.element as z.ZodType).core)}`
  if (core instanceof z.ZodUnion) {
    const discriminator = discriminatorOf(core)
    const named = optionsOf(core).map(option =>
      discriminator === null ? typeName(peel(option).core) : labelOf(option, discriminator),
    )
    return named.join(' | ')
  }
  if (core instanceof z.ZodObject || core instanceof z.ZodRecord) return 'mapping'
  return core.def.type === 'never' ? 'nothing' : core.def.type
}

function range(number: z.ZodNumber): string {
  const noun = number.isInt ? 'whole number' : 'number'
  const bounded = (bound: number | null) =>
    bound !== null && Number.isFinite(bound) && Math.abs(bound) < Number.MAX_SAFE_INTEGER
  const { minValue, maxValue } = number
  if (bounded(minValue) && bounded(maxValue)) return `${noun} ${minValue}..${maxValue}`
  if (bounded(minValue)) return `${noun} from ${minValue}`
  return bounded(maxValue) ? `${noun} up to ${maxValue}` : noun
}

function keyName(record: z.ZodRecord): string {
  const key = record.def.keyType as z.ZodType
  return key instanceof z.ZodEnum ? key.options.join('|') : 'name'
}

/** The value of a key in a checked configuration; undefined for keys of lists, which have many. */
function lookup(value: unknown, path: string): unknown {
  let at = value
  for (const key of path.split('.')) {
    if (!isMapping(at) || !Object.hasOwn(at, key)) return undefined
    at = (at as Readonly<Record<string, unknown>>)[key]
  }
  return at
}

function isMapping(value: unknown): value is object {
  return value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype
}
