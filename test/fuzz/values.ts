/**
 * Fuzz target: any text through a decoder of values (the first byte picks it). Nothing throws, what comes out is bounded by
 * what goes in, nobody is asked again once the budget is spent, and law A holds: what does not stand in the text letter by letter
 * is only given when the sieve would have woken the decoder.
 */
import assert from 'node:assert/strict'
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import base64 from '#processors/detect/decoders/base64/index.ts'
import folded from '#processors/detect/decoders/folded/index.ts'
import gzip from '#processors/detect/decoders/gzip/index.ts'
import hex from '#processors/detect/decoders/hex/index.ts'
import htmljs from '#processors/detect/decoders/htmljs/index.ts'
import jwt from '#processors/detect/decoders/jwt/index.ts'
import percent from '#processors/detect/decoders/percent/index.ts'
import { Sieve } from '#processors/detect/sieve.ts'
import type { DecoderSpec } from '#schemas/contracts/detector.ts'
import { exchange } from '#test/driver/records.ts'

const VALUES = 20
const CHARS = 100_000

/** Most characters that may come out of `n`. */
interface Bounded {
  readonly decoder: DecoderSpec
  readonly sieve: Sieve
  readonly most: (n: number) => number
}

const same = (n: number) => n
const DECODERS: readonly Bounded[] = [
  { decoder: base64, most: same },
  { decoder: hex, most: same },
  { decoder: htmljs, most: same },
  { decoder: jwt, most: same },
  { decoder: percent, most: (n: number) => 2 * n },
  { decoder: folded, most: same },
  { decoder: gzip, most: () => CHARS },
].map(one => ({ ...one, sieve: new Sieve([], one.decoder.wakes) }))

const EXCHANGE = exchange({})
const POINT = ['query', 'q']

export default function target(data: Uint8Array): void {
  const { decoder, sieve, most } = DECODERS[(data[0] ?? 0) % DECODERS.length]!
  const bytes = Buffer.from(data.subarray(1))
  const text = decoder === folded ? bytes.toString('utf8') : bytes.toString('latin1')
  if (!decoder.fits(text, POINT, EXCHANGE)) return
  sieve.scan(text)
  let values = 0
  let chars = 0
  const outcome = decoder.decode(
    text,
    POINT,
    { nesting: 16, values: VALUES, chars: CHARS },
    (suffix, part) => {
      assert.ok(values < VALUES, 'nobody is asked again')
      assert.equal(suffix[0], decoder.name)
      assert.ok(sieve.wake || text.includes(part), `asleep, and gives ${JSON.stringify(part)}`)
      chars += part.length
      return ++values < VALUES
    },
    () => assert.fail('values have no structure'),
    EXCHANGE,
  )
  assert.ok(chars <= most(text.length), `${chars} characters of ${text.length}`)
  assert.ok(['part', 'too-large', 'spent'].includes(outcome))
}

export const dictionary: readonly string[] = [
  ...[
    'PHNjcmlwdD5hbGVydCgx',
    'J29yJzEnPScx',
    'H4sIAAAAAAAAA',
    'eJw',
    'KLUv/SA',
    'rO0ABXNy',
    'AAEAAAD/////',
    '=',
    '==',
    '/',
    '-',
    '_',
  ],
  ...[
    '0x',
    '3c7363726970743e',
    '2f6574632f706173737764',
    'Basic ',
    'Bearer ',
    'data:text/html;base64,',
    'eyJhbGciOiJub25lIn0',
    '.',
  ],
  ...[
    '\\u003c',
    '\\u{3c}',
    '\\x3c',
    '\\74',
    '\\U0000003c',
    '\\n',
    '\\\\',
    '&lt;',
    '&#60;',
    '&#x3c',
    '&#0000060',
    '&colon;',
    '&amp',
  ],
  ...[
    '%3c',
    '%253c',
    '%u003c',
    '%c0%ae',
    '%e0%80%ae',
    '%',
    's%elect',
    '+',
    '\x1f\x8b\x08',
    '\x78\x9c',
    '\x28\xb5\x2f\xfd',
  ],
]

export function seeds(): readonly Uint8Array[] {
  const text = "1' or '1'='1' union select <script>alert(1)</script>"
  const token = Buffer.from(text).toString('base64')
  const bodies = [
    token,
    `a ${token} b ${token}`,
    Buffer.from(text).toString('hex'),
    [...text].map(char => `\\u00${char.charCodeAt(0).toString(16)}`).join(''),
    [...text].map(char => `&#${char.charCodeAt(0)};`).join(''),
    [...text].map(char => `%${char.charCodeAt(0).toString(16)}`).join(''),
    `Bearer eyJhbGciOiJub25lIn0.${token.replaceAll('=', '')}.`,
    ...[gzipSync, deflateSync, zstdCompressSync].map(pack => pack(text).toString('latin1')),
  ]
  return DECODERS.flatMap((_, i) => bodies.map(body => Buffer.from(`${String.fromCharCode(i)}${body}`, 'latin1')))
}
