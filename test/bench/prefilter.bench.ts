/**
 * What decides whether anything could be in a text: our sieve (Aho-Corasick in JavaScript), or sets of expressions of RE2: native
 * (`re2`, an addon) and in JavaScript (`re2js`). All needles of detectors and packs, over the regions of requests; and the
 * expressions of rules over texts that hold their needle. `re2` is no dependency: it is measured where it is given or fetched.
 *
 *   node test/bench/prefilter.bench.ts [--re2 FOLDER | --install]     FOLDER/node_modules/re2; --install fetches and builds it
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { RE2JS, RE2Set } from 're2js'
import { withRules } from '#infra/cli/rules/sources.ts'
import { config } from '#processors/detect/config.ts'
import { Budget } from '#processors/detect/rules/budget.ts'
import { compilePack } from '#processors/detect/rules/pack.ts'
import { RuleSet } from '#processors/detect/rules/set.ts'
import { Sieve } from '#processors/detect/sieve.ts'
import { DETECTORS } from '#processors/detect/testdata/exchange.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import { harmlessRequests, loadRequests } from './inspect/requests.ts'

const MS = 600

interface NativeSet {
  match(text: string): readonly number[]
}
interface Native {
  readonly Set: new (patterns: readonly string[], flags: string, options?: { maxMem?: number }) => NativeSet
  new (pattern: string, flags: string): { test(text: string): boolean }
}

/** CPU nanoseconds of a call, the best of three rounds. */
function time(run: () => void): number {
  run()
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < 3; round++) {
    const start = process.cpuUsage()
    const until = performance.now() + MS
    let calls = 0
    for (; performance.now() < until; calls++) run()
    const { user, system } = process.cpuUsage(start)
    best = Math.min(best, ((user + system) * 1000) / calls)
  }
  return best
}

function once<T>(make: () => T): readonly [made: T, ms: number] {
  const start = performance.now()
  return [make(), performance.now() - start]
}

function regionsOf({ request: { target, headers, content } }: Exchange): readonly string[] {
  const body = content === null ? [] : [Buffer.from(content).toString('latin1')]
  return [target, ...headers.map(([, value]) => value), ...body]
}

/** Null: it was not asked for. */
function nativeRe2(words: readonly string[]): Native | null {
  const given = words[words.indexOf('--re2') + 1]
  if (words.includes('--re2') && given !== undefined)
    return createRequire(join(resolve(given), 'x.js'))('re2') as Native
  if (!words.includes('--install')) return null
  const folder = mkdtempSync(join(tmpdir(), 'tapwire-re2-'))
  try {
    writeFileSync(join(folder, 'package.json'), '{}')
    const [, ms] = once(() =>
      execFileSync('npm', ['install', '--no-audit', '--no-fund', '--silent', 're2'], { cwd: folder, stdio: 'inherit' }),
    )
    const kb = execFileSync('du', ['-sk', 'node_modules'], { cwd: folder, encoding: 'utf8' }).split('\t')[0]
    console.log(`re2: npm install took ${(ms / 1000).toFixed(0)} s and ${(Number(kb) / 1024).toFixed(0)} MB`)
    return createRequire(join(folder, 'x.js'))('re2') as Native
  } finally {
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  }
}

const settings = config.parse(withRules({}, config.parse({}), process.cwd())['detect'])
const rules = new RuleSet(settings.rules.sources.map(compilePack), { enable: ['*'], disable: [] })
const detectors = [...DETECTORS, ...rules.detectors(new Budget(1))].filter(({ side }) => side !== 'response')
const literals = [...new Set(detectors.flatMap(({ literals }) => literals))]
const words = [...new Set(detectors.flatMap(({ words }) => words))]
/** As the sieve folds: a space is any whitespace or a plus sign. */
const escaped = (text: string): string => RE2JS.quote(text).replaceAll(' ', '[\\s+]').replaceAll('\\ ', '[\\s+]')
const patterns = [
  ...literals.map(escaped),
  ...words.map(word => `(?:^|[^0-9A-Za-z_])${escaped(word)}(?:$|[^0-9A-Za-z_])`),
]
const folded = patterns.map(pattern => `(?i)${pattern}`)

const native = nativeRe2(process.argv.slice(2))
if (native === null) console.log('re2 (native): skipped, give it with --re2 FOLDER or --install')
console.log(`${literals.length} texts and ${words.length} words of ${detectors.length} detectors`)

const [sieve, sieveMs] = once(
  () =>
    new Sieve([
      ...literals.map(text => ({ text, word: false, owner: 0 })),
      ...words.map(text => ({ text, word: true, owner: 0 })),
    ]),
)
const [nativeSet, nativeMs] = once(() => native && new native.Set(patterns, 'i', { maxMem: 512 * 1024 * 1024 }))
const [js, jsMs] = once(() => {
  const set = new RE2Set(RE2Set.UNANCHORED)
  for (const pattern of folded) set.add(pattern)
  set.compile()
  return set
})
const [v8, v8Ms] = once(() => new RegExp(patterns.join('|'), 'i'))
console.log(
  `to build: sieve ${sieveMs.toFixed(0)} ms, re2 ${native === null ? '-' : nativeMs.toFixed(0)} ms, re2js ${jsMs.toFixed(0)} ms, V8 ${v8Ms.toFixed(0)} ms`,
)

const sieveHits = (text: string): boolean => {
  sieve.scan(text)
  return sieve.hits !== 0
}

/** The first of the texts that take about half a second. */
function affordable(texts: readonly string[], hits: (text: string) => boolean): readonly string[] {
  const until = performance.now() + 500
  const end = texts.findIndex(text => {
    hits(text)
    return performance.now() > until
  })
  return end < 0 ? texts : texts.slice(0, end + 1)
}

function compare(title: string, exchanges: readonly Exchange[]): void {
  const texts = exchanges.flatMap(regionsOf)
  const chars = texts.reduce((sum, text) => sum + text.length, 0)
  console.log(
    `${title}: ${exchanges.length} requests of ${Math.round(chars / exchanges.length)} characters, ${texts.length} regions`,
  )
  const line = (name: string, hits: (text: string) => boolean): void => {
    const some = affordable(texts, hits)
    const own = some.reduce((sum, text) => sum + text.length, 0)
    const ns = time(() => some.forEach(hits)) / own
    const odd = some.filter(text => hits(text) !== sieveHits(text)).length
    console.log(
      `  ${name.padEnd(22)} ${((ns * chars) / exchanges.length).toFixed(0).padStart(9)} ns a request  ${ns.toFixed(2).padStart(9)} ns a character  ${some.length} regions, ${odd === 0 ? 'all' : some.length - odd} as the sieve`,
    )
  }
  line('sieve', sieveHits)
  if (nativeSet !== null) line('re2, one set', text => nativeSet.match(text).length > 0)
  line('re2js, one set', text => js.match(text).length > 0)
  line('V8, one expression', text => v8.test(text))
}

compare('load capture', loadRequests(500))
const harmless = harmlessRequests()
if (harmless === null) console.log('harmless requests: skipped, the shared corpus is not here')
else compare('harmless requests', harmless.slice(0, 500))

/** An expression on text that holds its needle again and again, and on the dearest text for engines that go back. */
const EXPRESSION = '(?i)union(?:\\s|/\\*[^*]*\\*/)+(?:all\\s+)?select\\b'
const HARD = '(?i)canary-(?:[a-z]+[0-9]*)+x$'
for (const [title, pattern, text] of [
  ['an expression on near misses', EXPRESSION, 'union of selects '.repeat(400)],
  ['nested repeats, 40 letters', HARD, `canary-${'a'.repeat(40)}!`],
  ['nested repeats, 4,000 letters', HARD, `canary-${'a'.repeat(4000)}!`],
] as const) {
  console.log(title)
  const line = (name: string, run: () => boolean): void => {
    const ns = time(run)
    console.log(`  ${name.padEnd(28)} ${(ns / text.length).toFixed(2).padStart(10)} ns a character`)
  }
  const compiled = RE2JS.compile(pattern)
  line('re2js', () => compiled.test(text))
  if (native !== null) {
    const own = new native(pattern.replace('(?i)', ''), 'i')
    line('re2', () => own.test(text))
  }
  if (pattern === HARD)
    console.log('  V8                             does not end: 2 to the power of the number of letters')
  else {
    const own = new RegExp(pattern.replace('(?i)', ''), 'i')
    line('V8', () => own.test(text))
  }
}
