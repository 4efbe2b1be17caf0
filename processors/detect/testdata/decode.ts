/** Test support: what one decoder makes of a body, without the stage around it. */
import assert from 'node:assert/strict'
import type { Decoded, DecoderLimits, DecoderSpec, Finding } from '#schemas/contracts/detector.ts'
import type { Exchange, Header } from '#schemas/records/exchange.ts'
import { exchange, request } from '#test/driver/records.ts'

export interface Taken {
  /** The elements that were appended to the point, joined by blanks, and the text. */
  readonly values: readonly (readonly [point: string, text: string])[]
  readonly noted: readonly Finding[]
  readonly outcome: Decoded
}

export interface Given {
  readonly type?: string
  readonly headers?: readonly Header[]
  readonly point?: readonly string[]
  readonly limits?: DecoderLimits
  /** After so many values the budget is spent: whoever goes on asking fails. Default: never. */
  readonly budget?: number
}

const LIMITS: DecoderLimits = { nesting: 64, values: 100_000 }

/** An exchange whose body is of this content type. */
export function typed(type: string | undefined, headers: readonly Header[] = []): Exchange {
  const all: readonly Header[] = type === undefined ? headers : [['Content-Type', type], ...headers]
  return exchange({ request: request({ method: 'POST', headers: all }) })
}

export function take(decoder: DecoderSpec, text: string, { type, headers, point, limits, budget }: Given = {}): Taken {
  const values: (readonly [string, string])[] = []
  const noted: Finding[] = []
  const outcome = decoder.decode(
    text,
    point ?? ['post'],
    limits ?? LIMITS,
    (suffix, value) => {
      assert.ok(budget === undefined || values.length < budget, 'nobody is asked again once the budget is spent')
      values.push([suffix.join(' '), value])
      return budget === undefined || values.length < budget
    },
    finding => noted.push(finding),
    typed(type, headers),
  )
  return { values, noted, outcome }
}

/** Does the decoder take this text? */
export function fits(decoder: DecoderSpec, text: string, { type, headers, point }: Given = {}): boolean {
  return decoder.fits(text, point ?? ['post'], typed(type, headers))
}
