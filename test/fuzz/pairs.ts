/** Fuzz target: any text as a form, a query and a header of cookies, also under charsets that hide ASCII. */
import cookie from '#processors/detect/decoders/cookie/index.ts'
import form from '#processors/detect/decoders/form_urlencoded/index.ts'
import query from '#processors/detect/decoders/query/index.ts'
import { decoderSeeds, decoderTarget, type Place } from './run/decoder.ts'

const FORM = 'application/x-www-form-urlencoded'
const PLACES: readonly Place[] = [
  '',
  '; charset=ibm037',
  '; charset=utf-16',
  '; charset=utf-7',
  '; charset=utf-32le',
].map(parameter => ({ point: ['post'], type: FORM + parameter }))

const targets = [
  decoderTarget(form, PLACES),
  decoderTarget(query, [{ point: ['query'] }]),
  decoderTarget(cookie, [{ point: ['header', 'COOKIE'] }]),
]

export default function pairsTarget(data: Uint8Array): void {
  for (const target of targets) target(data)
}

export const dictionary: readonly string[] = [
  '&',
  ';',
  '=',
  '%27',
  '%u0027',
  '+',
  '[]',
  '[a]',
  'a=1&',
  '"\\047"',
  'j:{"a":1}',
  '%7D',
]

export function seeds(): readonly Uint8Array[] {
  return decoderSeeds(PLACES, ['a=1&b[c]=%27+or&b[c]=2&d[]=3', 'a="x\\047"; b=j:{"c":1}; a=2', '%89%84=%F1%7D&+ACc-=x'])
}
