/**
 * Which processes and connections are mirrored. `allNamespaces` and the first five fields of a filter have the names and
 * the meaning of `config.agent.mirror` in the reference product's chart; the rest is added.
 *
 *   filters = filter *(OR filter)             filter = field *(AND field) [AND NOT any field of `not`]
 *   value   = text *("," text), OR-ed         or a list of texts, in which a comma is a comma; `*` is any run of characters
 */
import { z } from 'zod'
import { parseCidr } from '#schemas/config/net.ts'
import { MAX_STARS, starsOf } from './glob.ts'

const MOST_VALUES = 256
const MOST_FILTERS = 256
const MOST_KEYS = 64
const LONGEST_NAME = 253
const LONGEST_PATH = 4096
const MAX_PORT = 65_535

/** The values of a field: `a, b` is two; an entry of a list is one, whatever it holds. */
export function valuesOf(given: string | number | readonly (string | number)[]): readonly string[] {
  if (typeof given === 'number') return [String(given)]
  return typeof given === 'string' ? given.split(',').map(value => value.trim()) : given.map(String)
}

/** What is wrong with one value, or null. */
type Check = (value: string) => string | null

const quoted = (value: string): string => JSON.stringify(value.slice(0, 64))

function text(longest: number, form?: RegExp, what = ''): Check {
  return value => {
    if (value.length > longest) return `${quoted(value)}… is longer than ${longest} characters`
    if (starsOf(value) > MAX_STARS) return `${quoted(value)} has more than ${MAX_STARS} stars`
    return form === undefined || form.test(value) ? null : `${quoted(value)} ${what}`
  }
}

function checked<Given extends string | number | readonly (string | number)[]>(
  schema: z.ZodType<Given>,
  check: Check,
): z.ZodType<Given> {
  return schema.superRefine((given, ctx) => {
    const values = valuesOf(given)
    if (values.length === 0)
      ctx.addIssue({ code: 'custom', message: 'an empty list matches nothing: leave the key out' })
    if (values.length > MOST_VALUES) ctx.addIssue({ code: 'custom', message: `more than ${MOST_VALUES} values` })
    if (typeof given === 'string' && values.includes(''))
      ctx.addIssue({ code: 'custom', message: 'a value is empty: there is a comma too many, or none was given' })
    const problem = values
      .slice(0, MOST_VALUES)
      .map(check)
      .find(found => found !== null)
    if (problem !== undefined && problem !== null) ctx.addIssue({ code: 'custom', message: problem })
  })
}

const list = z.union([z.string(), z.array(z.string())])
const numbers = z.union([z.string(), z.int().min(0), z.array(z.union([z.string(), z.int().min(0)]))])

const DNS_NAME = /^[a-z0-9.*-]*$/
const dnsName = (what: string) =>
  checked(list, text(LONGEST_NAME, DNS_NAME, `cannot be ${what}: lower-case letters, digits, - and . (* is any run)`))

const KEY = /^([a-z0-9.-]{1,253}\/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/
const metadata = (values: z.ZodType<string | string[]>) =>
  z.record(z.string(), values).superRefine((given, ctx) => {
    const keys = Object.keys(given)
    if (keys.length === 0) ctx.addIssue({ code: 'custom', message: 'names no key: leave it out' })
    if (keys.length > MOST_KEYS) ctx.addIssue({ code: 'custom', message: `more than ${MOST_KEYS} keys` })
    const bad = keys.find(key => !KEY.test(key))
    if (bad === undefined) return
    const message = `${quoted(bad)} is no name as Kubernetes has it, e.g. app.kubernetes.io/name`
    ctx.addIssue({ code: 'custom', path: [bad], message })
  })

const LABEL = /^[A-Za-z0-9_.*-]{0,63}$/
const label = checked(list, text(63, LABEL, 'cannot be the value of a label: at most 63 letters, digits, -, _ and .'))

/** `inbound`: the process accepted the connection. */
export const DIRECTIONS = ['inbound', 'outbound', 'both'] as const
export type Direction = (typeof DIRECTIONS)[number]

const fields = {
  namespace: dnsName('a namespace').optional().describe('Namespaces of the pod'),
  pod_labels: metadata(label).optional().describe('Labels of the pod: every key must have one of its values'),
  pod_annotations: metadata(checked(list, text(LONGEST_PATH)))
    .optional()
    .describe('Annotations of the pod, likewise'),
  node_name: dnsName('a node').optional().describe('Nodes, as Kubernetes names them'),
  container_name: dnsName('a container').optional().describe('Containers of the pod, by name'),
  pod_name: dnsName('a pod').optional().describe('Pods, by name'),
  process_name: checked(list, text(LONGEST_NAME, /^[^/]*$/, 'is a path: that is exe'))
    .optional()
    .describe('Names of processes: what they call themselves (15 bytes), or the last part of exe'),
  exe: checked(list, text(LONGEST_PATH, /^[/*]/, 'must start with / or *'))
    .optional()
    .describe('Paths of executables, as the process sees them'),
  user: checked(numbers, text(LONGEST_NAME))
    .optional()
    .describe('Effective users: numbers, or names of this machine (a container has its own names)'),
  cgroup: checked(list, text(LONGEST_PATH, /^[/*]/, 'must start with / or *'))
    .optional()
    .describe('cgroups with all below them, e.g. /system.slice/nginx.service'),
  port: checked(numbers, portProblem).optional().describe('Ports of the accepting side: 443, 8000-8099'),
  cidr: checked(list, cidrProblem).optional().describe('Addresses and blocks of the other side'),
  direction: z.enum(DIRECTIONS).optional().describe('Of connections: inbound were accepted by the process'),
} as const

const holdsNone = (given: object): boolean => Object.values(given).every(value => value === undefined)

const negated = z
  .strictObject(fields)
  .refine(given => !holdsNone(given), { error: 'names nothing: leave it out' })
  .describe('None of this may hold; each field and each key counts by itself')

const filter = z.strictObject({ ...fields, not: negated.optional() }).refine(given => !holdsNone(given), {
  error: 'an empty filter would match everything: say allNamespaces or allProcesses instead',
})

export const selection = z
  .strictObject({
    allNamespaces: z
      .boolean()
      .default(false)
      .describe('Mirror every pod that nothing excludes. Each hop then sees the same request'),
    allProcesses: z.boolean().default(false).describe('Mirror every process outside of pods that nothing excludes'),
    direction: z
      .enum(DIRECTIONS)
      .default('inbound')
      .describe('Which connections of what is selected; a filter with a direction of its own decides for itself'),
    filters: z.array(filter).max(MOST_FILTERS).default([]).describe('Any of them selects; its fields must all hold'),
    exclude: z
      .array(filter)
      .max(MOST_FILTERS)
      .default([])
      .describe('Any of them excludes, whatever labels, annotations and filters say'),
    unknownPods: z
      .enum(['ignore', 'mirror'])
      .default('ignore')
      .describe('Processes in a pod that the API has not told about (yet)'),
  })
  .prefault({})
  .describe('What is mirrored; by default nothing')

export type SelectionConfig = z.output<typeof selection>
export type Filter = z.output<typeof filter>
export type Fields = z.output<typeof negated>

/** What is allowed but unwise. `pods`: is something known about pods? */
export function unwise(selected: SelectionConfig, pods: boolean): readonly string[] {
  const { allNamespaces, allProcesses, filters } = selected
  const warnings: string[] = []
  if (allNamespaces) {
    warnings.push('selection.allNamespaces: a request that passes several pods is captured at each of them')
  }
  if (pods) return warnings
  if (filters.length === 0 && !allProcesses) {
    warnings.push('selection: nothing is mirrored: without kubernetes, filters or allProcesses have to say what')
  }
  const ofPods = filters.findIndex(
    ({ namespace, pod_name, pod_labels, pod_annotations, container_name }) =>
      (namespace ?? pod_name ?? pod_labels ?? pod_annotations ?? container_name) !== undefined,
  )
  if (ofPods >= 0)
    warnings.push(`selection.filters[${ofPods}]: is about pods, of which nothing is known without kubernetes`)
  return warnings
}

/** First and last port of `443` or `8000-8099`; null when the text is neither. */
export function parsePorts(given: string): readonly [first: number, last: number] | null {
  const found = /^(\d{1,5})(?:\s*-\s*(\d{1,5}))?$/.exec(given)
  if (found === null) return null
  const [first, last] = [Number(found[1]), Number(found[2] ?? found[1])]
  return first <= last && last <= MAX_PORT ? [first, last] : null
}

function portProblem(value: string): string | null {
  return parsePorts(value) === null ? `${quoted(value)} is no port and no range of ports such as 8000-8099` : null
}

function cidrProblem(value: string): string | null {
  const parsed = parseCidr(value)
  return 'problem' in parsed ? `bad CIDR ${quoted(value)}: ${parsed.problem}` : null
}
