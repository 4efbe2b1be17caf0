import { Clock, type Packet, Talk } from '#test/driver/packets.ts'

/** One golden case: what its capture shows, and the packets of it. */
export interface Scenario {
  /** Its folder. */
  readonly name: string
  /** One sentence for the table of test/golden/README.md. */
  readonly shows: string
  packets(): readonly Packet[]
  /** YAML, when the case needs a configuration. */
  readonly config?: string
  /**
   * Moving a packet a few places or sending it twice means the same. Not so where what comes first decides (overlaps that
   * contradict each other, resets), or where packets are missing and others are waited for.
   */
  readonly reorders: boolean
}

/** A request without a body. `headers`: lines with their line ends. */
export function get(path: string, headers = '', method = 'GET'): string {
  return `${method} ${path} HTTP/1.1\r\nHost: shop.example\r\n${headers}\r\n`
}

export function post(path: string, type: string, body: string, headers = ''): string {
  return `${get(path, `Content-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${headers}`, 'POST')}${body}`
}

/** A response with its length. */
export function ok(body: string, headers = '', status = '200 OK'): string {
  return `HTTP/1.1 ${status}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`
}

/** One connection: what the client and the server say in turn, the client first. */
export function turns(...said: readonly (string | Uint8Array)[]): Packet[] {
  const talk = new Talk(new Clock())
  const packets = talk.open()
  for (const [i, words] of said.entries()) packets.push(...(i % 2 === 0 ? talk.client(words) : talk.server(words)))
  return [...packets, ...talk.close()]
}
