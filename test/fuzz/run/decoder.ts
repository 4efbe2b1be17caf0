/**
 * What must hold for every decoder and any text: it does not throw, asks nobody again once the budget is spent, names points of
 * bounded length below its own name, gives out no more than bounds allow, and says one of its outcomes.
 */
import assert from 'node:assert/strict'
import type { DecoderSpec } from '#schemas/contracts/detector.ts'
import type { Header } from '#schemas/records/exchange.ts'
import { exchange, request } from '#test/driver/records.ts'

const LIMITS = { nesting: 16, values: 200 }
/** Point elements per level, and what stands around them. */
const LONGEST_POINT = 6 * LIMITS.nesting + 16
/** Characters for each one given, and in any case. */
const EXPANSION = 200
const LEAST = 1_100_000

const OUTCOMES: ReadonlySet<string> = new Set(['whole', 'part', 'too-deep', 'too-large', 'too-many'])

/** Where a text may stand. */
export interface Place {
  readonly point: readonly string[]
  /** Content type of the request. */
  readonly type?: string
}

/** A fuzz target: the first byte picks the place, the second one the budget, the rest is the text. */
export function decoderTarget(decoder: DecoderSpec, places: readonly Place[]): (data: Uint8Array) => void {
  return data => {
    const { point, type } = places[(data[0] ?? 0) % places.length]!
    const budget = (data[1] ?? 0) % 64 === 0 ? Number.POSITIVE_INFINITY : (data[1] ?? 0) % 64
    const bytes = Buffer.from(data.subarray(2))
    const text = (data[0] ?? 0) & 128 ? bytes.toString('utf8') : bytes.toString('latin1')
    const headers: readonly Header[] = type === undefined ? [] : [['Content-Type', type]]
    const around = exchange({ request: request({ method: 'POST', headers, content: bytes, body: bytes }) })
    decoder.crowded?.(text, LIMITS)
    decoder.fits(text, point, around)
    run(decoder, text, point, budget, around)
  }
}

function run(
  decoder: DecoderSpec,
  text: string,
  point: readonly string[],
  budget: number,
  around: Parameters<DecoderSpec['fits']>[2],
): void {
  let [values, chars] = [0, 0]
  const outcome = decoder.decode(
    text,
    point,
    LIMITS,
    (suffix, value) => {
      assert.ok(values < budget, 'nobody is asked again once the budget is spent')
      assert.ok(suffix.length <= LONGEST_POINT, `a point of ${suffix.length} elements`)
      assert.ok(
        suffix.every(element => typeof element === 'string'),
        'elements are text',
      )
      values++
      chars += value.length
      return values < budget
    },
    ({ rule, attack, why }) => assert.ok(rule.startsWith(`${attack}.`) && why.endsWith('.'), rule),
    around,
  )
  assert.ok(OUTCOMES.has(outcome), outcome)
  assert.ok(chars <= EXPANSION * text.length + LEAST, `${chars} characters from ${text.length}`)
}

/** Texts to start from, at every place. */
export function decoderSeeds(places: readonly Place[], texts: readonly string[]): readonly Uint8Array[] {
  return texts.flatMap(text => places.map((_, i) => Buffer.concat([Uint8Array.of(i, 0), Buffer.from(text)])))
}
