/**
 * Conversations as they unfold in time: each yields packets, or how long it waits for the next ones.
 *
 * Between two yields other conversations go on, so a process that dies there leaves a request without its response, a body
 * of which half has come, a connection that is minutes old.
 */
import type { Packet, Talk } from '#test/driver/packets.ts'

export type Random = () => number

/** Packets of now, or milliseconds to wait. */
export type Step = readonly Packet[] | number

export interface Counts {
  connections: number
  exchanges: number
  attacks: number
}

export interface Scene {
  readonly random: Random
  /** What has been sent so far. */
  readonly counts: Counts
  /** Milliseconds of capture time; conversations that live as long as the capture end here. */
  readonly until: number
  readonly now: () => number
}

const ATTACKS = [
  '/search?q=1%27%20OR%20%271%27=%271%27%20--%20',
  '/files?name=..%2F..%2F..%2F..%2Fetc%2Fpasswd',
  '/comment?text=%3Cscript%3Ealert(document.cookie)%3C/script%3E',
]
const ATTACK_SHARE = 0.04
const CHUNKED_SHARE = 0.2
const RESET_SHARE = 0.1
const SLOWEST_RESPONSE_MS = 1500
const LARGEST_BODY = 1800

/** Open for as long as the capture lasts, one exchange every `everyMs` or so. */
export function* keepAlive(talk: Talk, scene: Scene, everyMs: number): Generator<Step> {
  const { random, until, now } = scene
  yield random() * everyMs
  yield opened(talk, scene)
  while (now() < until) {
    yield* exchanges(talk, scene, 1)
    yield everyMs * (0.5 + random())
  }
  yield talk.close()
}

/** One to three exchanges, then closed or reset. */
export function* short(talk: Talk, scene: Scene): Generator<Step> {
  yield opened(talk, scene)
  for (let left = 1 + below(scene.random, 3); left > 0; left--) yield* exchanges(talk, scene, 1)
  yield scene.random() < RESET_SHARE ? talk.reset(1) : talk.close()
}

/** All requests first, then all responses. */
export function* pipelined(talk: Talk, scene: Scene): Generator<Step> {
  yield opened(talk, scene)
  yield* exchanges(talk, scene, 2 + below(scene.random, 4))
  yield talk.close()
}

function opened(talk: Talk, { counts }: Scene): Packet[] {
  counts.connections++
  return talk.open()
}

function* exchanges(talk: Talk, scene: Scene, count: number): Generator<Step> {
  const { random, counts } = scene
  yield talk.client(Array.from({ length: count }, () => request(scene)).join(''))
  for (let i = 0; i < count; i++) {
    yield random() ** 3 * SLOWEST_RESPONSE_MS
    const text = response(random)
    const cut = below(random, text.length)
    yield talk.server(text.slice(0, cut))
    yield random() ** 3 * SLOWEST_RESPONSE_MS
    yield talk.server(text.slice(cut))
    counts.exchanges++
  }
}

function request({ random, counts }: Scene): string {
  const attack = random() < ATTACK_SHARE
  if (attack) counts.attacks++
  const target = attack
    ? ATTACKS[below(random, ATTACKS.length)]!
    : `/item/${below(random, 1e6)}?page=${below(random, 50)}`
  const head = `Host: shop.example\r\nUser-Agent: chaos\r\nX-Request: ${below(random, 1e9)}\r\n`
  if (random() < 0.7) return `GET ${target} HTTP/1.1\r\n${head}\r\n`
  const body = JSON.stringify({ name: 'x'.repeat(below(random, 200)), amount: below(random, 1000) })
  return `POST ${target} HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}

function response(random: Random): string {
  const body = 'y'.repeat(below(random, LARGEST_BODY))
  const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n'
  if (random() >= CHUNKED_SHARE) return `${head}Content-Length: ${body.length}\r\n\r\n${body}`
  const half = body.length >> 1
  const chunks = [body.slice(0, half), body.slice(half)].filter(chunk => chunk !== '')
  const framed = chunks.map(chunk => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('')
  return `${head}Transfer-Encoding: chunked\r\n\r\n${framed}0\r\n\r\n`
}

export function below(random: Random, end: number): number {
  return Math.floor(random() * end)
}
