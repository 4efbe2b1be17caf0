/** Conversations in which every response names the request that it answers, so that anybody's pairing can be checked. */
import { Clock, type Packet, Talk } from '#test/driver/packets.ts'
import type { Random } from './traffic.ts'

/** In the request it stands in the target, in the response in the field `Server`: both are easy to ask tshark for. */
export type Id = `id-${string}`

export interface Echo {
  readonly packets: readonly Packet[]
  readonly ids: readonly Id[]
}

interface Turn {
  readonly request: string
  readonly response: string
}

const CONNECTIONS = 12
const TURNS = 8
/** Share of clients that send several requests before the first response, from the beginning on. */
const PIPELINING = 0.25

/** Keep-alive connections at once: bodies of all framings, by clients that wait and clients that pipeline. In order of time. */
export function echoes(random: Random): Echo {
  const ids: Id[] = []
  const packets: Packet[] = []
  for (let connection = 0; connection < CONNECTIONS; connection++) {
    const clock = new Clock(1_795_253_435_000_000 + Math.floor(random() * 50_000))
    const talk = new Talk(clock, {
      client: { ip: `10.0.1.${connection + 1}`, port: 40_000 + connection },
      clientSeq: Math.floor(random() * 2 ** 32),
      serverSeq: Math.floor(random() * 2 ** 32),
    })
    const pipelines = random() < PIPELINING
    packets.push(...talk.open())
    for (let turn = 0; turn < TURNS; turn++) {
      const turns = Array.from({ length: pipelines ? 2 + Math.floor(random() * 3) : 1 }, () => {
        const id: Id = `id-${connection}-${ids.length}`
        ids.push(id)
        return oneTurn(id, random)
      })
      packets.push(...talk.client(turns.map(({ request }) => request).join('')))
      for (const { response } of turns) packets.push(...talk.server(response))
    }
    packets.push(...talk.close())
  }
  return { packets: packets.toSorted((a, b) => a.time - b.time), ids }
}

function oneTurn(id: Id, random: Random): Turn {
  const size = Math.floor(random() ** 2 * 4000)
  const body = 'x'.repeat(size)
  const head = (method: string): string => `${method} /a/${id}?q=1 HTTP/1.1\r\nHost: h\r\n`
  const get = `${head('GET')}\r\n`
  const answer = (status: string, rest: string): string => `HTTP/1.1 ${status}\r\nServer: ${id}\r\n${rest}`
  const whole = answer('200 OK', `Content-Length: ${size}\r\n\r\n${body}`)
  switch (Math.floor(random() * 6)) {
    case 0:
      return { request: `${head('POST')}Content-Length: ${size}\r\n\r\n${body}`, response: whole }
    case 1:
      return { request: get, response: answer('200 OK', `Transfer-Encoding: chunked\r\n\r\n${chunked(body)}`) }
    case 2:
      return { request: `${head('HEAD')}\r\n`, response: answer('200 OK', `Content-Length: ${size}\r\n\r\n`) }
    case 3:
      return { request: get, response: answer('304 Not Modified', '\r\n') }
    case 4:
      return { request: `${head('PUT')}Transfer-Encoding: chunked\r\n\r\n${chunked(body)}`, response: whole }
    default:
      return { request: get, response: whole }
  }
}

function chunked(body: string): string {
  const middle = Math.floor(body.length / 2)
  const parts = [body.slice(0, middle), body.slice(middle)].filter(part => part !== '')
  return `${parts.map(part => `${part.length.toString(16)}\r\n${part}\r\n`).join('')}0\r\n\r\n`
}

/** Some packets were sent and received, but not captured. */
export function lossy(packets: readonly Packet[], share: number, random: Random): Packet[] {
  return packets.filter(() => random() >= share)
}
