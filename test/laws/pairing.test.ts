/**
 * Ten thousand requests over one connection, pipelined, each answered with its own id, through the real chain. Whatever a
 * capture lacks, repeats or has in another order: no request is ever given another one's response, and each that has none,
 * and each response without a request, says why.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Damage, damage } from '#test/driver/damage.ts'
import { Clock, type Packet, recordOf, Talk } from '#test/driver/packets.ts'
import { mulberry32 } from '#test/driver/random.ts'
import { readFrames, reusableComponents } from '#test/driver/read.ts'

const REQUESTS = 10_000
/** Requests without a response yet. */
const DEPTH = 40
/** Share of turns in which everybody is silent for a while: a client that waits for something. */
const PAUSES = 0.02
const PAUSE = 1_500_000

interface Line {
  readonly type: string
  readonly request: { readonly target: string }
  readonly response: { readonly status: number; readonly headers: readonly (readonly [string, string])[] } | null
  readonly anomalies: readonly string[]
}

const components = await reusableComponents()

/** The connection as the hosts had it. `pauses`: what moves across one is as good as lost. */
function pipelined(seed: number, pauses: number): Packet[] {
  const random = mulberry32(seed)
  const talk = new Talk(new Clock(undefined, 100), { clientSeq: 2 ** 32 - 5000, serverSeq: 2 ** 31 - 5000 })
  const turns: Packet[][] = [talk.open()]
  let [asked, answered] = [0, 0]
  while (answered < REQUESTS) {
    const most = Math.min(DEPTH - (asked - answered), REQUESTS - asked)
    const quiet = random() < pauses && asked === answered
    if (most > 0 && (random() < 0.5 || asked === answered)) {
      const burst = Array.from({ length: 1 + Math.floor(random() * most) }, () => request(asked++, random))
      turns.push(talk.client(burst.join('')))
    } else {
      const burst = Array.from({ length: 1 + Math.floor(random() * (asked - answered)) }, () =>
        answer(answered++, random),
      )
      turns.push(talk.server(burst.join('')))
    }
    if (quiet) turns.push([])
  }
  turns.push(talk.close())
  let late = 0
  return turns.flatMap(packets => {
    if (packets.length === 0) late += PAUSE
    return packets.map(packet => ({ ...packet, time: packet.time + late }))
  })
}

function request(id: number, random: () => number): string {
  const body = 'b'.repeat(Math.floor(random() ** 4 * 2000))
  if (body.length < 10) return `GET /${id} HTTP/1.1\r\nHost: h\r\n\r\n`
  return `POST /${id} HTTP/1.1\r\nHost: h\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}

function answer(id: number, random: () => number): string {
  const body = 'a'.repeat(Math.floor(random() ** 4 * 3000))
  return `HTTP/1.1 200 OK\r\nX-Id: ${id}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}

interface Result {
  readonly pairs: number
  readonly requests: number
  readonly responses: number
}

function read(how: Damage, seed: number): Result {
  const message = `seed ${seed}, ${JSON.stringify(how)}`
  const { lines, report } = readFrames(
    components,
    damage(pipelined(seed, how.lose === undefined ? 0 : PAUSES), mulberry32(seed), how).map(recordOf),
  )
  assert.deepEqual(report.errors, [], message)
  const exchanges = lines.map(line => JSON.parse(line) as Line).filter(({ type }) => type === 'exchange')
  let [pairs, requests, responses] = [0, 0, 0]
  for (const { request, response, anomalies } of exchanges) {
    const asked = request.target.slice(1)
    const answered = response?.headers.find(([name]) => name === 'X-Id')?.[1]
    if (asked !== '') requests++
    if (response !== null) responses++
    if (asked === '' || response === null) assert.ok(anomalies.length > 0, `${message}: ${asked} without a reason`)
    else if (answered === asked) pairs++
    // A head with a hole in it names nobody, and says so.
    else assert.ok(answered === undefined && anomalies.length > 0, `${message}: ${asked} got the answer to ${answered}`)
  }
  return { pairs, requests, responses }
}

const WHOLE = { pairs: REQUESTS, requests: REQUESTS, responses: REQUESTS }

test('as captured', () => assert.deepEqual(read({}, 1), WHOLE))

test('reordering, duplication and overlap: all pairs', () => {
  assert.deepEqual(read({ reorder: 4, repeat: 0.05, overlap: 0.05 }, 2), WHOLE)
})

test('5 % loss, reordering and duplication: no wrong pair, and a reason for every one that is missing', t => {
  const { pairs, requests, responses } = read({ lose: 0.05, reorder: 4, repeat: 0.05, overlap: 0.05 }, 1)
  t.diagnostic(`${pairs} pairs of ${requests} requests and ${responses} responses that were captured`)
  assert.ok(requests > 0.9 * REQUESTS && responses > 0.9 * REQUESTS, 'what was captured is found')
  assert.ok(pairs > 0)
})
