/** Fuzz target: any text as JSON, as lenient as servers are. */
import json from '#processors/detect/decoders/json_doc/index.ts'
import { decoderSeeds, decoderTarget, type Place } from './run/decoder.ts'

const PLACES: readonly Place[] = [{ point: ['post'], type: 'application/json' }, { point: ['query', 'a'] }]

export default decoderTarget(json, PLACES)

export const dictionary: readonly string[] = [
  '{"a":',
  '}',
  '[',
  ']',
  ',',
  "'b'",
  '/*c*/',
  '//d\n',
  '\\u0041',
  '\\x41',
  '\\',
  'null',
  '1e999',
  '\ufeff',
]

export function seeds(): readonly Uint8Array[] {
  return decoderSeeds(PLACES, [
    '{"a":[{"b":"c\\u0027","d":null}],"e":1.5e3,"f":{},}',
    '{a:\'b\',/*c*/"d":[1,,2]}\n{"e":"f"}',
  ])
}
