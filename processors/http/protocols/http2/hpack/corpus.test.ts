import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { corpus } from '#test/needs.ts'
import type { Field } from '../field.ts'
import { HpackDecoder } from './decoder.ts'

interface Block {
  readonly story: string
  readonly headers: readonly (readonly [string, string])[]
  readonly wire: Readonly<Record<string, string>>
  readonly table_size: Readonly<Record<string, number | null>>
}

test('all stories of all encoders', t => {
  const path = corpus(t, 'hpack.jsonl.gz')
  if (path === null) return
  const decoders = new Map<string, HpackDecoder>()
  let blocks = 0
  for (const line of gunzipSync(readFileSync(path)).toString('utf8').trim().split('\n')) {
    const { story, headers, wire, table_size: sizes } = JSON.parse(line) as Block
    for (const [encoder, hex] of Object.entries(wire)) {
      const key = `${encoder} ${story}`
      const decoder = decoders.get(key) ?? new HpackDecoder(65_536)
      decoders.set(key, decoder)
      decoder.allowed = sizes[encoder] ?? (decoder.allowed === Number.POSITIVE_INFINITY ? 4096 : decoder.allowed)
      const bytes = Buffer.from(hex, 'hex')
      const fields: Field[] = []
      const anomalies: string[] = []
      decoder.decode(bytes, 0, bytes.length, fields, anomalies)
      assert.deepEqual(
        fields.map(({ header }) => header),
        headers,
        key,
      )
      assert.deepEqual(anomalies, [], key)
      blocks++
    }
  }
  assert.ok(blocks > 40_000, `${blocks} blocks`)
})
