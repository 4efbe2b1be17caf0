/** What can be learned from a zod schema about the configuration it accepts: the one place that knows zod's insides. */
import { z } from 'zod'

export interface Peeled {
  /** Without the wrappers: object, array, string, … */
  readonly core: z.ZodType
  readonly description: string
  /** What is used when the key is absent; undefined when it is required or simply absent. */
  readonly fallback: unknown
  readonly required: boolean
  readonly secret: boolean
}

/** Takes default, prefault, optional, readonly, transform and the like off a schema. */
export function peel(schema: z.ZodType): Peeled {
  let core = schema
  let description = ''
  let fallback: unknown
  let required = true
  let secret = false
  for (;;) {
    description ||= core.description ?? ''
    secret ||= z.globalRegistry.get(core)?.['secret'] === true
    if (core instanceof z.ZodDefault || core instanceof z.ZodPrefault) {
      fallback ??= core.def.defaultValue
      required = false
      core = core.def.innerType as z.ZodType
    } else if (core instanceof z.ZodOptional || core instanceof z.ZodNullable) {
      required = false
      core = core.def.innerType as z.ZodType
    } else if (core instanceof z.ZodReadonly || core instanceof z.ZodNonOptional || core instanceof z.ZodCatch) {
      core = core.def.innerType as z.ZodType
    } else if (core instanceof z.ZodPipe) core = core.def.in as z.ZodType
    else if (core instanceof z.ZodLazy) core = core.def.getter() as z.ZodType
    else return { core, description, fallback, required, secret }
  }
}

export function shapeOf(object: z.ZodObject): readonly (readonly [string, z.ZodType])[] {
  return Object.entries(object.shape) as [string, z.ZodType][]
}

export function optionsOf(union: z.ZodUnion): readonly z.ZodType[] {
  return union.def.options as readonly z.ZodType[]
}

/** The key that tells the options of a discriminated union apart; null for other unions. */
export function discriminatorOf(union: z.ZodUnion): string | null {
  return union instanceof z.ZodDiscriminatedUnion ? union.def.discriminator : null
}

/** The value of a union option's discriminator, e.g. the type of a producer. */
export function labelOf(option: z.ZodType, discriminator: string): string {
  const { core } = peel(option)
  const literal = core instanceof z.ZodObject ? peel(core.shape[discriminator] as z.ZodType).core : null
  return literal instanceof z.ZodLiteral ? String([...literal.values][0]) : ''
}

/** The schema for the value at `path` in `value`, peeled; null where the path leaves what the schema knows. */
export function schemaAt(schema: z.ZodType, path: readonly PropertyKey[], value: unknown): Peeled | null {
  const peeled = peel(schema)
  const { core } = peeled
  if (core instanceof z.ZodUnion) {
    const option = chosen(core, value)
    return option === null ? (path.length === 0 ? peeled : null) : schemaAt(option, path, value)
  }
  const [step, ...rest] = path
  if (step === undefined) return peeled
  const below = value === null || typeof value !== 'object' ? undefined : (Reflect.get(value, step) as unknown)
  const next =
    core instanceof z.ZodObject
      ? shapeOf(core).find(([key]) => key === step)?.[1]
      : core instanceof z.ZodArray
        ? (core.element as z.ZodType)
        : core instanceof z.ZodRecord
          ? (core.def.valueType as z.ZodType)
          : undefined
  return next === undefined ? null : schemaAt(next, rest, below)
}

/** The option of a union that the value is meant for. */
function chosen(union: z.ZodUnion, value: unknown): z.ZodType | null {
  const discriminator = discriminatorOf(union)
  if (discriminator === null || value === null || typeof value !== 'object') return null
  const label = String(Reflect.get(value, discriminator))
  return optionsOf(union).find(option => labelOf(option, discriminator) === label) ?? null
}
