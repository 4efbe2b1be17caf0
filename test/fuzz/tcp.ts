/**
 * Fuzz target of the TCP stage: any bytes become segments, time and restarts. Asserted by the stand after every step:
 * the ledger, the chunk laws, the bounds; at the end: a run that was restarted says the same, and nothing is left.
 *
 *   byte 0                 settings: overlap policy, how small the bounds are
 *   then per step 8 bytes  what · flags · dir, identity and key · seq (2, around the last) · ack · length · time
 */
import assert from 'node:assert/strict'
import { batchOf, endOf, identityOf, ORIGIN, type Packet } from '#processors/tcp/packets.ts'
import { KIND, type Kind } from '#schemas/records/segment.ts'
import { Stand } from '#test/driver/tcp.ts'

const STEP = 8
const MOST_STEPS = 400
const ENDPOINTS = 7
/** A second source that feeds the same flows. */
const OTHER = { ...ORIGIN, source: 'other.pcap' }

export default function fuzzTcp(data: Uint8Array): void {
  const settings = (data[0] ?? 0) % 6
  const small = { openFlows: 4, bufferBytes: 2048, flowBuffer: 1024, flowSegments: 3, syncBytes: 1024 }
  const recent = { recentBytes: 256, recentMemory: 1024 }
  const overlap = (['first', 'last', 'both'] as const)[settings % 3]!
  const config = { ...(settings < 3 ? { ...small, ...recent } : {}), overlap }
  const plain = new Stand(config)
  const restarted = new Stand(config)
  let time = 1_000_000
  for (let at = 1, step = 0; at + STEP <= data.length && step < MOST_STEPS; at += STEP, step++) {
    const packet = packetOf(data.subarray(at, at + STEP), time, step)
    time = Math.max(time, packet.time)
    const origin = data[at + 2]! > 200 ? OTHER : ORIGIN
    const batch = data[at]! === 255 ? endOf(time, origin) : batchOf([packet], origin)
    plain.play(batch)
    restarted.play(batch)
    if (data[at]! % 3 === 0) restarted.restart()
  }
  for (const stand of [plain, restarted]) stand.play(endOf(time + 1, OTHER)).play(endOf(time + 1))
  assert.deepEqual(restarted.chunks, plain.chunks)
  assert.deepEqual(restarted.driver.ledger.counts(), plain.driver.ledger.counts())
  for (const stand of [plain, restarted]) stand.checkEmpty()
}

function packetOf(bytes: Uint8Array, now: number, step: number): Packet {
  const [what = 0, flags = 0, who = 0, high = 0, low = 0, ack = 0, length = 0, wait = 0] = bytes
  const endpoint = (who >> 1) % ENDPOINTS
  return {
    kind: kindOf(what),
    // Mostly flags of ordinary segments, so that connections come to something.
    flags: what % 2 === 0 ? [2, 18, 16, 24, 17, 20, 16, 24][flags % 8]! : flags,
    dir: (who & 1) as 0 | 1,
    identity: identityOf(endpoint),
    // Every fourth identity shares its key with others.
    key: endpoint % 4 === 0 ? 1 : endpoint + 10,
    seq: sequence(high, low),
    ack: sequence(high, ack),
    data: new Uint8Array(length % 64).fill(97 + (low % 26)),
    wire: (length % 64) + (length > 192 ? length : 0),
    // Mostly microseconds, sometimes beyond the longest timeout, sometimes back.
    time: wait < 200 ? now + wait : wait < 250 ? now + 2 ** (wait - 220) : now - wait,
    packet: step + 1,
  }
}

/** Near 0 on both sides of the wrap, seldom far away. */
function sequence(high: number, low: number): number {
  if (high >= 250) return ((high << 24) | (low << 16)) >>> 0
  return (low - 128) >>> 0
}

function kindOf(what: number): Kind {
  if (what < 200) return KIND.packet
  if (what < 230) return KIND.stream
  return what < 238 ? KIND.about : what < 247 ? KIND.tick : KIND.message
}
