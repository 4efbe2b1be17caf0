import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import type { Header } from '#schemas/records/exchange.ts'
import type { Step } from '#test/driver/http.ts'
import { blockFrames, PREFACE, SETTINGS_ACK, settings } from '#test/driver/http2.ts'
import { limitsOf, playSession } from '#test/driver/session.ts'
import { corpus } from '#test/needs.ts'
import http2 from './index.ts'

interface Block {
  readonly story: string
  readonly headers: readonly Header[]
  readonly wire: Readonly<Record<string, string>>
  readonly table_size: Readonly<Record<string, number | null>>
}

/** By encoder and story: the blocks in their order. */
function stories(path: string): ReadonlyMap<string, readonly (readonly [block: Block, encoder: string])[]> {
  const found = new Map<string, [Block, string][]>()
  for (const line of gunzipSync(readFileSync(path)).toString('utf8').trim().split('\n')) {
    const block = JSON.parse(line) as Block
    for (const encoder of Object.keys(block.wire)) {
      const key = `${encoder}, story ${block.story}`
      const story = found.get(key) ?? []
      found.set(key, story)
      story.push([block, encoder])
    }
  }
  return found
}

const regular = (headers: readonly Header[]) => headers.filter(([name]) => !name.startsWith(':'))

/** Each block is the head of a request, or of a response, on a stream of its own. */
function steps(story: readonly (readonly [block: Block, encoder: string])[]): { said: Step[]; dir: 0 | 1 } {
  const dir = story[0]![0].headers.some(([name]) => name === ':status') ? 1 : 0
  const said: Step[] = [{ c: PREFACE }, { c: settings() }, { s: settings() }, { c: SETTINGS_ACK }]
  let allowed = 4096
  for (const [i, [{ wire, table_size: sizes }, encoder]] of story.entries()) {
    const size = sizes[encoder] ?? allowed
    if (size !== allowed) {
      const asked = settings([1, size])
      said.push(...(dir === 0 ? [{ s: asked }, { c: SETTINGS_ACK }] : [{ c: asked }, { s: SETTINGS_ACK }]))
      allowed = size
    }
    const bytes = blockFrames(1, 2 * i + 1, Buffer.from(wire[encoder]!, 'hex'), 1, 1 + (i % 2))
    said.push(dir === 0 ? { c: bytes } : { s: bytes })
  }
  return { said: [...said, { end: 'both', reason: 'fin' }], dir }
}

test('all stories of all encoders through the session, in whole and cut at every byte', t => {
  const path = corpus(t, 'hpack.jsonl.gz')
  if (path === null) return
  const limits = limitsOf({})
  let checked = 0
  for (const [name, story] of stories(path)) {
    const { said, dir } = steps(story)
    const whole = playSession(http2, limits, said)
    const heads = whole.exchanges
      .toSorted((a, b) => a.stream! - b.stream!)
      .map(({ request, response }) => (dir === 0 ? request : response!))
    assert.deepEqual(
      heads.map(({ headers }) => headers),
      story.map(([{ headers }]) => regular(headers)),
      name,
    )
    assert.deepEqual([...whole.anomalies.keys()], [], name)
    for (const { anomalies } of whole.exchanges) assert.ok(!anomalies.some(kind => kind.includes('hpack')), name)
    assert.deepEqual(playSession(http2, limits, said, { cut: () => 1 }), whole, name)
    checked += heads.length
  }
  assert.ok(checked > 40_000, `${checked} blocks`)
})
