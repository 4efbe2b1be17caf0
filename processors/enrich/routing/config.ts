/** Configuration of routes and filters. */
import { z } from 'zod'
import { cidr } from '#schemas/config/net.ts'
import { token } from '../names.ts'
import { globProblem } from './glob.ts'
import { kindOf } from './hosts.ts'
import { LONGEST_LOCATION, locationProblem, parseLocation, sameLocation } from './location.ts'
import { pattern, sizeOf } from './pattern.ts'

/** Routes on all levels together, levels, and expressions (host patterns that are no `*.name`, `~` paths). */
const MAX_ROUTES = 10_000
const MAX_LEVELS = 8
const MAX_PATTERNS = 500
/** Of all patterns of paths together: a seventh of what the engine takes in one automaton. */
const MAX_INSTRUCTIONS = 200_000

/** `shop.example`, `*.shop.example`, `*` or any other pattern, with a port if only that port is meant. */
const host = z
  .string()
  .min(1)
  .max(260)
  .toLowerCase()
  .superRefine((text, ctx) => {
    const problem = /[\s/]/.test(text)
      ? 'there is space or a slash in it'
      : kindOf(text) === 'glob' && globProblem(text)
    if (problem) ctx.addIssue({ code: 'custom', message: `no pattern of hosts: ${problem}` })
  })

const path = z
  .string()
  .max(LONGEST_LOCATION)
  .superRefine((text, ctx) => {
    const problem = locationProblem(text)
    if (problem !== null) ctx.addIssue({ code: 'custom', message: problem })
  })

export const application = z.number().int().min(-1).max(2_147_483_647)
export const mode = z.enum(['monitoring', 'off'])

const route = z.strictObject({
  host: host
    .optional()
    .describe(
      'A host, "*.host" for all below it, or a pattern (*, ?, [a-z], [^a-z], \\ before a character); with a port only that one. Omitted: any',
    ),
  path: path
    .optional()
    .describe(
      'As a location of NGINX: "= /a" this path, "/a" what begins so, "~ RE2" and "~* RE2" patterns (they go before beginnings), "^~ /a" a beginning that goes before patterns. Omitted: any',
    ),
  application: application.optional().describe('Application id of these exchanges'),
  mode: mode.optional().describe('Mode of these exchanges'),
  get routes(): z.ZodOptional<z.ZodArray<typeof route>> {
    return z.array(route).max(MAX_ROUTES).optional().describe('Routes inside this one: what they say goes before')
  },
})

export type Route = z.infer<typeof route>

export const routes = z
  .array(route)
  .max(MAX_ROUTES)
  .superRefine((list, ctx) => {
    for (const issue of issuesOf(list)) ctx.addIssue({ code: 'custom', ...issue })
  })
  .default([])
  .describe(
    'Application and mode by host and path. Hosts: the exact name, then "*.host" (the longest), other patterns in order, "*". Paths: as NGINX',
  )

interface Issue {
  readonly path: (string | number)[]
  readonly message: string
}

/** What only shows when all routes are seen. Walked without recursion into what is too deep. */
function issuesOf(all: readonly Route[]): Issue[] {
  const issues: Issue[] = []
  let count = 0
  let patterns = 0
  let instructions = 0
  const walk = (list: readonly Route[], at: (string | number)[], levels: number): void => {
    const seen = new Set<string>()
    for (const [i, route] of list.entries()) {
      const own = [...at, i]
      const key = `${route.host ?? '*'} ${route.path === undefined ? '' : sameLocation(parseLocation(route.path))}`
      if (seen.has(key)) issues.push({ path: own, message: 'this host with this path is listed twice' })
      seen.add(key)
      count++
      if (route.host !== undefined && kindOf(route.host) === 'glob') patterns++
      if (route.path?.startsWith('~') === true) {
        patterns++
        instructions += sizeOf(parseLocation(route.path).text)
      }
      if (route.routes === undefined) continue
      if (levels < MAX_LEVELS) walk(route.routes, [...own, 'routes'], levels + 1)
      else issues.push({ path: [...own, 'routes'], message: `routes inside routes: at most ${MAX_LEVELS} levels` })
    }
  }
  walk(all, [], 1)
  if (count > MAX_ROUTES) issues.push({ path: [], message: `at most ${MAX_ROUTES} routes, all levels together` })
  if (patterns > MAX_PATTERNS) issues.push({ path: [], message: `at most ${MAX_PATTERNS} patterns of hosts and paths` })
  if (instructions > MAX_INSTRUCTIONS)
    issues.push({ path: [], message: 'the patterns of paths are too large together: repeat less' })
  return issues
}

const filter = z
  .strictObject({
    path: pattern().optional().describe('RE2 pattern that matches somewhere in the path (without the query)'),
    headers: z
      .record(token, pattern())
      .optional()
      .describe('By name of a request header: RE2 pattern that matches somewhere in one of its lines'),
    clients: z
      .array(cidr())
      .min(1)
      .max(10_000)
      .optional()
      .describe('Networks that hold the client, the one after all trusted hops'),
  })
  .refine(({ path, headers, clients }) => path !== undefined || headers !== undefined || clients !== undefined, {
    error: 'a filter without conditions would hold for everything: give it path, headers or clients',
  })

export type Filter = z.infer<typeof filter>

const filterList = z.array(filter).max(100).default([])

export const filters = z
  .strictObject({
    inspect: filterList.describe('Only exchanges that one of these holds for are looked at. None: all'),
    bypass: filterList.describe('Exchanges that one of these holds for are not; goes before inspect'),
  })
  .prefault({})
  .describe(
    'Exchanges that are left out here are published nowhere and counted (enrich.filtered.*). All conditions of a filter have to hold',
  )
