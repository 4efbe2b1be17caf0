/** A rule pack as it is written, in YAML: what README.md describes, checked strictly. */
import { z } from 'zod'
import { cidr } from '#schemas/config/net.ts'
import { ATTACKS, SEVERITIES } from '#schemas/records/detection.ts'
import { expressionProblem } from './expression.ts'

/** Of a pack. */
const MAX_RULES = 5000
const MAX_TEXTS = 500
const MAX_LEVELS = 8

const text = z.string().min(1).max(1024)
const texts = z
  .union([text, z.array(text).min(1).max(MAX_TEXTS)])
  .transform(one => (typeof one === 'string' ? [one] : one))
const label = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'lower-case letters, digits and dashes')
const sentence = z.string().min(8).max(400)

const expression = z
  .string()
  .min(1)
  .superRefine((source, ctx) => {
    const problem = expressionProblem(source)
    if (problem !== null) ctx.addIssue({ code: 'custom', message: `no regular expression in RE2 syntax: ${problem}` })
  })

const range = z
  .strictObject({ min: z.number().optional(), max: z.number().optional() })
  .refine(({ min, max }) => min !== undefined || max !== undefined, { error: 'give it min, max or both' })

const leaves = {
  contains: texts.optional().describe('One of these texts occurs, in either case of ASCII letters'),
  starts: texts.optional().describe('It begins with one of these, in either case'),
  ends: texts.optional().describe('It ends with one of these, in either case'),
  equals: texts.optional().describe('It is one of these, in either case'),
  regex: expression.optional().describe('RE2 expression that matches somewhere in it; (?i) for either case'),
  length: range.optional().describe('Characters of it'),
  number: range.optional().describe('It is a decimal number, in this range'),
  ip: z.array(cidr()).min(1).max(1000).optional().describe('It is an IP address of one of these networks'),
  url: z
    .strictObject({ schemes: texts.optional(), hosts: texts.optional() })
    .refine(({ schemes, hosts }) => schemes !== undefined || hosts !== undefined, {
      error: 'give it schemes, hosts or both',
    })
    .optional()
    .describe('It is a URL, of one of these schemes, to one of these hosts (* within a host)'),
}

/** What a value has to be. */
export interface MatchSource {
  readonly contains?: readonly string[] | undefined
  readonly starts?: readonly string[] | undefined
  readonly ends?: readonly string[] | undefined
  readonly equals?: readonly string[] | undefined
  readonly regex?: string | undefined
  readonly length?: Range | undefined
  readonly number?: Range | undefined
  readonly ip?: readonly string[] | undefined
  readonly url?:
    | { readonly schemes?: readonly string[] | undefined; readonly hosts?: readonly string[] | undefined }
    | undefined
  readonly all?: readonly MatchSource[] | undefined
  readonly any?: readonly MatchSource[] | undefined
  readonly not?: MatchSource | undefined
}

export interface Range {
  readonly min?: number | undefined
  readonly max?: number | undefined
}

const match = z
  .strictObject({
    ...leaves,
    get all() {
      return z.array(match).min(1).max(50).optional().describe('All of these hold')
    },
    get any() {
      return z.array(match).min(1).max(50).optional().describe('One of these holds')
    },
    get not() {
      return match.optional().describe('This does not hold')
    },
  })
  .superRefine((node: object, ctx) => {
    const keys = Object.keys(node)
    if (keys.length !== 1)
      ctx.addIssue({
        code: 'custom',
        message: `give it one condition, not ${keys.length}: put several into all or any`,
      })
  }) as unknown as z.ZodType<MatchSource>

const point = z
  .union([
    z
      .string()
      .min(1)
      .max(512)
      .transform(given => given.split('.')),
    z.array(z.string().min(1).max(256)).min(1).max(32),
  ])
  .describe(
    'As query.id, post.**.name or [query, "a.b"]: * is one element, ** any number; what is decoded from it counts too',
  )

export const where = z.strictObject({
  methods: z.array(z.string().min(1).max(32)).min(1).max(20).optional().describe('Of the request, as sent'),
  hosts: z.array(text).min(1).max(MAX_TEXTS).optional().describe('Hosts, * within a name: *.shop.example'),
  paths: z
    .array(text)
    .min(1)
    .max(MAX_TEXTS)
    .optional()
    .describe('Paths: * within a segment, ** over several; "~ RE2" for an expression. As sent, or decoded'),
  headers: z
    .record(z.string().min(1).max(128), expression)
    .optional()
    .describe('RE2 expression by name of a request header'),
  applications: z.array(z.int().min(-1)).min(1).max(1000).optional().describe('Application ids, see enrich'),
  points: z.array(point).min(1).max(100).optional().describe('Where the value stands'),
})
export type WhereSource = z.output<typeof where>

const test = z.union([
  z.string(),
  z.strictObject({
    value: z.string().optional().describe('After decoding'),
    point: point.optional(),
    method: z.string().optional(),
    host: z.string().optional(),
    path: z.string().optional(),
    headers: z.record(z.string(), z.string()).optional(),
  }),
])
export type TestSource = z.output<typeof test>

const rule = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9_]+(\.[a-z0-9][a-z0-9_-]*)+$/, '<attack>.<what>, in lower-case letters, digits and dashes')
    .max(128)
    .describe('<attack>.<what>: what a detection calls it'),
  attack: z.enum(ATTACKS),
  severity: z.enum(SEVERITIES),
  why: sentence.describe('In one sentence, for who reads the detection'),
  unless: sentence.optional().describe('What would have made it harmless. Default: made from the match'),
  cwe: z.int().min(1).max(99_999).optional().describe('CWE number, where that of the attack is not the best'),
  references: z.array(text).max(20).optional().describe('For people: CVE numbers, addresses'),
  enabled: z.boolean().default(true).describe('False: only when the configuration enables it (noisy rules)'),
  experimental: z.boolean().default(false).describe('Counted and costed, but not reported'),
  side: z.enum(['request', 'response']).default('request').describe('Whose values it looks at'),
  where: where.optional().describe('All of it has to hold'),
  match: match.optional().describe('What the value has to be. Omitted: anything, at the points or paths of where'),
  attacks: z
    .array(z.enum(ATTACKS))
    .min(1)
    .optional()
    .describe('Instead of match: reported when one of these attacks is found where this rule looks'),
  tests: z
    .strictObject({ positive: z.array(test).max(500).default([]), negative: z.array(test).max(500).default([]) })
    .prefault({})
    .describe('Values that it finds, and values that it must not'),
})
export type RuleSource = z.output<typeof rule>

const exception = z.strictObject({
  why: sentence.describe('For who comes after you'),
  rules: z
    .array(z.string().min(1).max(128))
    .min(1)
    .max(MAX_TEXTS)
    .optional()
    .describe('Ids, also of what is built in; * within'),
  attacks: z.array(z.enum(ATTACKS)).min(1).optional().describe('Attack types'),
  where: where.optional().describe('All of it has to hold. Omitted: everywhere'),
  until: z.iso.date().optional().describe('It holds for traffic captured before this day (UTC)'),
})
export type ExceptionSource = z.output<typeof exception>

export const packSchema = z
  .strictObject({
    pack: label.describe('Name: what detections call it, with its hash'),
    summary: z.string().max(400).optional(),
    rules: z.array(rule).max(MAX_RULES).default([]),
    exceptions: z
      .array(exception)
      .max(MAX_RULES)
      .default([])
      .describe('What is found and not reported: counted (detect.ignored)'),
  })
  .superRefine(({ rules }, ctx) => {
    const seen = new Set<string>()
    for (const [i, { id, match, attacks, where }] of rules.entries()) {
      const issue = (message: string, ...path: string[]): void =>
        ctx.addIssue({ code: 'custom', path: ['rules', i, ...path], message })
      if (seen.has(id)) issue(`a second rule ${id}`, 'id')
      seen.add(id)
      if (match !== undefined && attacks !== undefined) issue('match or attacks: choose one', 'attacks')
      if (match === undefined && attacks === undefined && where?.points === undefined && where?.paths === undefined)
        issue('without match it needs points or paths in where', 'id')
      if (match !== undefined && depthOf(match) > MAX_LEVELS) issue(`nested deeper than ${MAX_LEVELS} levels`, 'match')
    }
  })
export type PackSource = z.output<typeof packSchema>

function depthOf({ all, any, not }: MatchSource): number {
  const below = [...(all ?? []), ...(any ?? []), ...(not === undefined ? [] : [not])]
  return 1 + below.reduce((most, node) => Math.max(most, depthOf(node)), 0)
}
