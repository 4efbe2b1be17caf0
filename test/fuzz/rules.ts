/**
 * Fuzz target: a rule pack. It is in order, or every problem is said in a line that starts with its place. One that is in order
 * compiles, its tests run, and its rules look at any value without a throw; the needles of a rule occur in what it finds.
 */
import assert from 'node:assert/strict'
import { Budget } from '#processors/detect/rules/budget.ts'
import { checkPack, compilePack, type Rule } from '#processors/detect/rules/pack.ts'
import { RuleSet } from '#processors/detect/rules/set.ts'
import { testRule } from '#processors/detect/rules/tests.ts'
import { needlesIn } from '#processors/detect/rules/trial.ts'
import { ConfigError } from '#schemas/config/load.ts'
import { exchange } from '#test/driver/records.ts'

const VALUES = [
  '',
  'abc',
  'union select',
  '10.0.0.1',
  'http://a.b:80/c',
  '-1.5',
  'İıſK',
  '\ud800',
  '%{#context}',
  'a'.repeat(2000),
]
const POINT = ['post', 'json_doc', 'hash', 'a.b', 'array', '0']

export const dictionary = [
  'pack: ', 'rules:\n  - ', 'exceptions:\n  - ', 'id: ', 'attack: ', 'severity: ', 'why: ', 'match: ', 'where: ', 'contains: ', 'regex: ', 'all: [',
  'any: [', 'not: ', 'starts: ', 'ends: ', 'equals: ', 'length: ', 'number: ', 'ip: [', 'url: ', 'schemes: ', 'hosts: ', 'paths: [', 'points: [',
  'headers: ', 'methods: [', 'applications: [', 'tests: ', 'positive: [', 'negative: [', 'enabled: ', 'experimental: ', 'attacks: [', 'until: ', 'vpatch', 'sqli',
  'rce.x', 'high', '**', '*', '~ ', '(?i)', '[a-z]+', '{1,3}', '(a|b)', '\\s', 'query.q', '10.0.0.0/8', 'min: ', 'max: ', '{ ', ' }', ']', ', ', "'", '"',
] // biome-ignore format: a table

export function seeds(): readonly Uint8Array[] {
  const rule = (more: string): string =>
    `pack: a\nrules:\n  - { id: sqli.x, attack: sqli, severity: low, why: A rule to be varied., ${more} }\n`
  return [
    rule("match: { regex: '(?i)union\\s+select' }, tests: { positive: [union select], negative: [union] }"),
    rule(
      'match: { all: [{ contains: abc }, { not: { length: { max: 3 } } }] }, where: { paths: ["/a/*", "~ ^/b"], headers: { X-A: b } }',
    ),
    rule(
      'match: { any: [{ ip: [10.0.0.0/8] }, { url: { hosts: ["*.b"] } }, { number: { min: 1 } }] }, where: { points: ["**.a"] }',
    ),
    rule('attacks: [sqli, xss], where: { points: [post.**], methods: [POST] }, experimental: true'),
    'pack: a\nexceptions:\n  - { why: To be varied as well., rules: ["sqli.*"], attacks: [sqli], until: 2027-01-31, where: { hosts: ["*.a"] } }\n',
  ].map(text => new TextEncoder().encode(text))
}

export default function rules(data: Uint8Array): void {
  const checked = checkOrNull(Buffer.from(data).toString())
  if (checked === null) return
  const pack = compilePack(checked)
  for (const rule of pack.rules) testRule(rule)
  const budget = new Budget(Number.POSITIVE_INFINITY)
  const set = new RuleSet([pack], { enable: ['*'], disable: [] })
  const given = exchange()
  for (const text of VALUES) {
    for (const detector of set.detectors(budget)) {
      detector.inspect({ point: POINT, text }, text.toLowerCase(), given, ({ evidence }) =>
        assert.ok(evidence.length <= 256),
      )
    }
    for (const rule of set.rules) checkNeedles(rule, text)
  }
}

function checkOrNull(text: string) {
  try {
    return checkPack({ name: 'f.yaml', text })
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    for (const line of error.message.split('\n')) assert.match(line, /^f\.yaml:(\d+:\d+ | and )/, line)
    return null
  }
}

/** Of ASCII texts: other letters are folded otherwise by expressions, which README.md says. */
function checkNeedles({ id, needles, match }: Rule, text: string): void {
  if (needles.length === 0 || /[^ -~]/.test(text) || match.holds(text, text.toLowerCase()) === null) return
  assert.ok(needlesIn(needles, text).length > 0 || match.needles === null, `${id}: ${needles.join()} in ${text}`)
}
