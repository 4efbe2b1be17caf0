/** What proxies mirror, as several ingest servers take it: halves of exchanges at random, lost, doubled, late and swapped. */
import { OFFLINE_HASH_KEY } from '#infra/cli/flow-hash-key.ts'
import type { Captured } from '#schemas/contracts/producer.ts'
import { requestHalf, responseHalf } from '#schemas/message/message.test-support.ts'
import { encodeMessage } from '#schemas/message/message.ts'
import { MessageSegmenter } from '#schemas/message/segmenter.ts'
import type { MessageHalf } from '#schemas/records/message.ts'
import { copyBatch } from '#schemas/records/segment.ts'

type Random = () => number
type Round = Captured['batches']

/** A half on its way: taken at `time` (µs) by the ingest server `server`. */
export interface Taken {
  readonly half: MessageHalf
  readonly time: number
  readonly server: number
}

export const MESSAGES_START = 1_700_000_000_000_000
const SECOND = 1_000_000

const below = (random: Random, end: number): number => Math.floor(random() * end)

export interface Trouble {
  /** Shares of halves, 0 to 1. */
  readonly lost: number
  readonly doubled: number
  /** Most that a half takes from the proxy to its ingest server, seconds. */
  readonly delay: number
}

const NONE: Trouble = { lost: 0, doubled: 0, delay: 0 }
export const TROUBLE: Trouble = { lost: 0.08, doubled: 0.08, delay: 12 }

/** Halves of `count` exchanges in the order in which they are taken. */
export function mirrored(random: Random, count: number, trouble = NONE, servers = 3): readonly Taken[] {
  const taken: Taken[] = []
  let time = MESSAGES_START
  const take = (half: MessageHalf): void => {
    if (random() < trouble.lost) return
    const server = below(random, servers)
    taken.push({ half, server, time: Math.ceil(half.end) + below(random, 1 + trouble.delay * SECOND) })
    if (random() < trouble.doubled) take(half)
  }
  for (let i = 0; i < count; i++) {
    time += below(random, 3 * SECOND)
    const [request, response] = exchange(random, time)
    take(request)
    take(response)
  }
  return taken.toSorted((a, b) => a.time - b.time)
}

/** Both halves of an exchange that begins at `time` (µs). */
export function exchange(random: Random, time: number): readonly [MessageHalf, MessageHalf] {
  const id = Array.from({ length: 20 }, () => IDS[below(random, IDS.length)]).join('')
  const body = new Uint8Array(below(random, 2) * below(random, 400)).fill(97)
  const asked = time + below(random, SECOND)
  // One in ten takes longer than anybody waits.
  const answered = asked + below(random, (random() < 0.1 ? 90 : 2) * SECOND)
  const finish = random() < 0.05 ? 'aborted' : 'complete'
  const bodyBytes = body.length + (random() < 0.1 ? below(random, 5000) : 0)
  const source = { ip: `203.0.113.${1 + below(random, 9)}`, port: 1024 + below(random, 60_000) }
  const path = PATHS[below(random, PATHS.length)]!
  return [
    requestHalf({ id, source, path, start: time, end: asked, body, bodyBytes, finish }),
    responseHalf({ id, source, start: asked, end: answered, status: 200 + below(random, 300), body, bodyBytes }),
  ]
}

const IDS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz-'
const PATHS = [
  '/',
  '/buy?id=1',
  '/etc/passwd',
  "/find?q=1'%20UNION%20SELECT%20password%20FROM%20users--",
  '/a/b/c?d=e&f=g',
]

/**
 * Batches as ingest servers make them, of at most `most` halves in a row; the last rounds end the servers. A server that
 * takes nothing ticks.
 */
export function roundsOf(taken: readonly Taken[], partitions: number, most = 16): readonly Round[] {
  const servers = new Map<number, MessageSegmenter>()
  const rounds: Round[] = []
  const flush = (segmenter: MessageSegmenter): void => {
    const round = segmenter.take().map(({ partition, batch }) => ({ partition, batch: copyBatch(batch) }))
    if (round.length > 0) rounds.push(round)
  }
  let inRow = 0
  for (const [i, { half, time, server }] of taken.entries()) {
    let segmenter = servers.get(server)
    if (segmenter === undefined) servers.set(server, (segmenter = segmenterOf(server, partitions)))
    segmenter.message(half, encodeMessage(half), time)
    inRow++
    if (taken[i + 1]?.server === server && inRow < most) continue
    inRow = 0
    flush(segmenter)
  }
  for (const segmenter of servers.values()) {
    segmenter.end()
    flush(segmenter)
  }
  return rounds
}

function segmenterOf(server: number, partitions: number): MessageSegmenter {
  return new MessageSegmenter({
    sensor: `node-${server}`,
    capture: 'envoy',
    source: 'envoy',
    partitions,
    flowHashKey: OFFLINE_HASH_KEY,
    batchBytes: 4096,
    time: 0,
    number: 0,
  })
}
