/**
 * Fuzz target: the input is a script of both directions (test/fuzz/http1.ts says how it is written; bits 2 and 3 of its first
 * byte say how the connection begins). Whatever the frames are, the outcome does not depend on how they are cut, nor on
 * restarts, and every byte is settled once.
 */
import assert from 'node:assert/strict'
import http2 from '#processors/http/protocols/http2/index.ts'
import { conversation } from '#processors/http/protocols/http2/testdata/conversation.ts'
import type { Step } from '#test/driver/http.ts'
import { PREFACE } from '#test/driver/http2.ts'
import { mulberry32 } from '#test/driver/random.ts'
import { accounted, limitsOf, playSession } from '#test/driver/session.ts'
import { script } from './http1.ts'

/** Small limits, so that short inputs reach them. */
const LIMITS = limitsOf({
  head: 300,
  headers: 8,
  body: { keep: 64, decoded: 200 },
  http2: { streams: 3, table: 300, continuations: 2, flood: { rapidReset: 2, settings: 2, ping: 2, emptyFrames: 2 } },
})

const JOINED: readonly Step[] = [
  { gap: 'c', missing: 0 },
  { gap: 's', missing: 0 },
]
const BEGINNINGS: readonly (readonly Step[])[] = [[], [{ c: PREFACE }], JOINED, [...JOINED, { c: PREFACE }]]

export default function target(data: Uint8Array): void {
  const beginning = BEGINNINGS[((data[0] ?? 0) >> 2) & 3]!
  const steps = [...beginning, ...script(data).steps]
  const whole = playSession(http2, LIMITS, steps)
  assert.equal(accounted(whole), whole.fed, 'every byte is settled once')
  let n = data.length
  const cut = (left: number) => 1 + (((n = (n * 1103515245 + 12345) >>> 0) >>> 16) % Math.min(left, 40))
  let turn = 0
  assert.deepEqual(playSession(http2, LIMITS, steps, { cut, restart: () => turn++ % 29 === 0 }), whole)
}

export const dictionary: readonly string[] = [
  '\0\0\x04\x08\0\0\0\0\0\0\0\0\x01',
  '\0\0\x04\x03\0\0\0\0\x01\0\0\0\x08',
  '\0\0\0\x04\0\0\0\0\0',
  '\0\0\0\x04\x01\0\0\0\0',
  '\0\0\x06\x04\0\0\0\0\0\0\x01\0\0\0\0',
  '\0\0\x08\x06\0\0\0\0\0pingpong',
  '\0\0\x08\x07\0\0\0\0\0\0\0\0\x01\0\0\0\x0b',
  '\0\0\x03\x01\x05\0\0\0\x01\x82\x86\x84',
  '\0\0\x03\x01\x04\0\0\0\x03\x83\x86\x84',
  '\0\0\x01\x01\x05\0\0\0\x01\x88',
  '\0\0\x01\x01\x00\0\0\0\x01\x88',
  '\0\0\x01\x09\x04\0\0\0\x01\xbe',
  '\0\0\x07\x05\x04\0\0\0\x01\0\0\0\x02\x82\x86\x84',
  '\0\0\x05\0\x01\0\0\0\x01hello',
  '\0\0\x06\0\x09\0\0\0\x01\x02abc\0\0',
  '\x40\x01a\x01b',
  '\x3f\xe1\x1f',
  '\x20',
  '\xbe',
  '\x82',
  '\x88',
]

export function seeds(): readonly Uint8Array[] {
  return [1, 2, 3, 4].flatMap(seed => {
    const said = conversation(mulberry32(seed), 2).said.flatMap(({ by, bytes }) => [
      Uint8Array.of(by === 'c' ? 14 : 15, bytes.length >> 8, bytes.length),
      bytes,
    ])
    return [Buffer.concat([Uint8Array.of(0), ...said]), Buffer.concat([Uint8Array.of(8), ...said.slice(6)])]
  })
}
