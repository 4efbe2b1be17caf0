/**
 * A search for the inputs that take longest, per decoder, per detector, and for the whole stage with all of them. Said with each:
 * ns per character, how many times the average of ordinary requests that is, and whether it grows with the length.
 *
 *   node test/bench/adversary.bench.ts [NAME...] [--seconds N]
 */
import { Bench, DECODERS, DETECTORS, exchangeOf } from '#processors/detect/testdata/exchange.ts'
import type { DecoderSpec, DetectorSpec } from '#schemas/contracts/detector.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import { searchWorst, type Worst } from './inspect/adversary.ts'
import { harmlessRequests, loadRequests } from './inspect/requests.ts'

const LENGTH = 6000
const SEED = 11
/** Characters of short values, and calls that are timed together. */
const SHORT = 24
const REPEATS = 20
const LIMITS = { nesting: 64, values: 100_000, chars: 16_000_000 }

/** Structure of all languages that are looked for. */
const PUNCTUATION = [
  ' ', '\n', '\t', '/', '//', '\\', '.', '..', '../', ',', ';', ':', '&', '&&', '|', '||', '=', '!', '?', '*', '/*', '*/', '--', '#', '(', ')',
  '((', '[', ']', '{', '}', '${', '#{', '{{', '}}', '<', '>', '</', '<!', '<!--', '-->', '"', "'", '`', '%', '%25', '%41', '%u0041', '\\u0041',
  '\\x41', '&#65;', '&lt;', '@', '$', '$(', '^', '~', '+', '-', '_', 'a', 'aa', '0', '1', '12', 'x', 'or ', 'and ', 'select ', 'union ', 'QUFB', '=',
  '\u0000', '\u00e9', 'a=', 'a.b', 'a(', 'a/', '1.1.1.1', 'http://', '://', '"a":', '",', '\r\n',
] // biome-ignore format: a table

const wanted = process.argv.slice(2).filter(word => !word.startsWith('--'))
const quick = process.argv.includes('--quick')
const isWanted = (name: string): boolean => wanted.length === 0 || wanted.some(word => name.includes(word))

/** Places at which decoders take something apart: a point, and the type of the body that it stands in. */
const PLACES: readonly (readonly [point: readonly string[], exchange: Exchange])[] = [
  ...[['query', 'q'], ['query'], ['uri'], ['header', 'COOKIE'], ['header', 'AUTHORIZATION']].map(
    point => [point, bodyOf('text/plain')] as const,
  ),
  ...[
    'application/x-www-form-urlencoded',
    'application/json',
    'text/xml',
    'multipart/form-data; boundary=x',
    'application/graphql',
    'application/grpc',
    'application/x-protobuf',
  ].map(type => [['post'], bodyOf(type)] as const),
]

function bodyOf(type: string): Exchange {
  return exchangeOf({ method: 'POST', target: '/a', headers: [['Content-Type', type]] })
}

function detectorRun(detector: DetectorSpec): (text: string) => void {
  const [place, exchange] = PLACES[0]!
  const point = detector.names === undefined ? place : ['query', detector.names[0] ?? 'q']
  return text => detector.inspect({ point, text }, text.toLowerCase(), exchange, () => {})
}

const yielded = (): boolean => true

function decoderRun(decoder: DecoderSpec): (text: string) => void {
  return text => {
    const place = PLACES.find(([point, exchange]) => decoder.fits(text, point, exchange))
    if (place !== undefined) decoder.decode(text, place[0], LIMITS, yielded, () => {}, place[1])
    decoder.crowded?.(text, LIMITS)
  }
}

function stageRun(headers: readonly (readonly [string, string])[]): (text: string) => void {
  const bench = new Bench()
  return text => void bench.inspect(exchangeOf({ method: 'POST', headers, body: Buffer.from(text, 'latin1') }))
}

function needlesOf({ literals, words }: DetectorSpec): readonly string[] {
  return [...literals, ...words]
}

function fragmentsOf({ wakes, name }: DecoderSpec): readonly string[] {
  return [...(wakes.chars ?? ''), ...(wakes.literals ?? []), ...(wakes.words ?? []), ...(wakes.starts ?? []), name]
}

function average(exchanges: readonly Exchange[]): number {
  const bench = new Bench()
  let best = Number.POSITIVE_INFINITY
  const chars = exchanges.reduce((sum, { request: { target, headers, content } }) => {
    return sum + target.length + headers.reduce((all, [, value]) => all + value.length, 0) + (content?.length ?? 0)
  }, 0)
  for (let i = 0; i < 3; i++) {
    const start = process.cpuUsage()
    for (const exchange of exchanges) bench.inspect(exchange)
    const { user, system } = process.cpuUsage(start)
    best = Math.min(best, ((user + system) * 1000) / chars)
  }
  return best
}

const ordinary = average(harmlessRequests() ?? loadRequests(2000))
console.log(
  `ordinary requests: ${ordinary.toFixed(1)} ns a character, the whole stage; texts of ${LENGTH} characters, seed ${SEED}`,
)
let bad = 0

function report(kind: string, name: string, { nsPerChar, growth, unit, text }: Worst): void {
  const times = nsPerChar / ordinary
  const odd = [...(times > 10 ? ['more than 10 times the average'] : []), ...(growth > 2 ? ['NOT LINEAR'] : [])]
  if (odd.length > 0) bad++
  const shown = JSON.stringify(unit.length > 60 ? `${unit.slice(0, 57)}...` : unit)
  const ends = text.startsWith(unit) ? '' : ` after ${JSON.stringify(text.slice(0, 12))}`
  console.log(
    `  ${kind.padEnd(8)} ${name.padEnd(18)} ${nsPerChar.toFixed(1).padStart(8)} ns a character  ${times.toFixed(1).padStart(6)} x  growth ${growth.toFixed(2)}  ${shown}${ends}${odd.length === 0 ? '' : `  <-- ${odd.join(', ')}`}`,
  )
}

const tries = quick ? 60 : 250
const everything = [...PUNCTUATION, ...DETECTORS.flatMap(needlesOf)]
for (const decoder of DECODERS.filter(({ name }) => isWanted(name))) {
  const fragments = [...PUNCTUATION, ...fragmentsOf(decoder)]
  report('decoder', decoder.name, searchWorst(decoderRun(decoder), { seed: SEED, fragments, length: LENGTH, tries }))
}
for (const detector of DETECTORS.filter(({ id }) => isWanted(id))) {
  // Needles twice: they are what leads into the dear parts.
  const own = needlesOf(detector)
  const fragments = [...PUNCTUATION, ...own, ...own]
  report('detector', detector.id, searchWorst(detectorRun(detector), { seed: SEED, fragments, length: LENGTH, tries }))
}
/** A request can hold thousands of short values: what a call costs before it looks at the first character. */
for (const detector of DETECTORS.filter(({ id }) => isWanted(`short ${id}`))) {
  const own = needlesOf(detector)
  const fragments = [...PUNCTUATION, ...own, ...own]
  const run = detectorRun(detector)
  const often = (text: string): void => {
    for (let i = 0; i < REPEATS; i++) run(text)
  }
  const { text, nsPerChar } = searchWorst(often, { seed: SEED, fragments, length: SHORT, tries: tries * 2 })
  const ns = (nsPerChar * text.length) / REPEATS
  report('short', detector.id, { text, unit: text, nsPerChar: ns / text.length, growth: 1 })
}
for (const type of ['text/plain', 'application/json', 'application/x-www-form-urlencoded', 'text/xml'].filter(type =>
  isWanted(`stage ${type}`),
)) {
  const search = { seed: SEED, fragments: everything, length: LENGTH, tries: tries * 2 }
  report('stage', type, searchWorst(stageRun([['Content-Type', type]]), search))
}
console.log(
  bad === 0
    ? 'nothing above 10 times the average, and all of it linear'
    : `${bad} above 10 times the average, or not linear`,
)
