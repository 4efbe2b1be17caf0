/** What real captures of tests need, and what is said when it is not there. */
import { once } from 'node:events'
import { createServer, get, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import type { Producer } from '#schemas/contracts/producer.ts'
import { type FlowIdentity, parseIdentity } from '#schemas/records/flow.ts'
import { Ledger } from '#schemas/records/ledger.ts'
import { KIND, Segment } from '#schemas/records/segment.ts'
import { type Network, openNetwork } from '#test/driver/network.ts'
import { missing, needs } from '#test/needs.ts'
import { host } from './fake.test-support.ts'
import spec from './index.ts'
import { loadCap } from './load-cap.ts'
import { captureRight } from './right.ts'

export const ENGINES = ['cap', 'tcpdump'] as const
export type EngineName = (typeof ENGINES)[number]
const PATIENCE_MS = 60_000

export async function ready(t: TestContext, engine: EngineName): Promise<boolean> {
  if (!captureRight()) return missing(t, 'live capture takes CAP_NET_RAW')
  if (engine === 'tcpdump') return needs(t, 'tcpdump')
  return !('missing' in (await loadCap())) || missing(t, 'the addon cap is not built (npm run setup builds it)')
}

export function network(t: TestContext, number: number): Network | null {
  const opened = openNetwork(number)
  if (opened === null) missing(t, 'network namespaces take iproute2 and CAP_SYS_ADMIN')
  else t.after(() => opened[Symbol.dispose]())
  return opened
}

export type Options = Parameters<typeof spec.open>[0]

export function open(t: TestContext, options: Partial<Options> & { interface: string }): Promise<Producer> {
  const opened = spec.open(spec.config.parse(options), host({ partitions: 2 }))
  t.after(async () => (await opened.catch(() => null))?.[Symbol.asyncDispose]())
  return opened
}

/** Answers every request with `answer <path>`, and `filler` after it. */
export async function serve(t: TestContext, filler = ''): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer((request, response) => void response.end(`answer ${request.url} ${filler}`))
  server.listen(0, '0.0.0.0')
  await once(server, 'listening')
  t.after(() => server.close())
  return { server, port: (server.address() as AddressInfo).port }
}

export async function request(address: string, port: number, path: string): Promise<void> {
  const [response] = await once(get({ host: address, port, path, agent: false }), 'response')
  await once(response.resume(), 'end')
}

export interface Heard {
  /** Payloads by flow and direction, in the order of capture. */
  readonly streams: Map<string, string>
  readonly flows: Map<string, FlowIdentity>
  readonly ledger: Ledger
  /** Bytes of payload that were on the wire, but not captured. */
  readonly cut: number
  readonly ends: number
}

/** Reads until `enough`, or the end; fails after a minute. */
export async function hear(producer: Producer, enough: (heard: Heard) => boolean): Promise<Heard> {
  const signal = AbortSignal.timeout(PATIENCE_MS)
  const heard = { streams: new Map<string, string>(), flows: new Map(), ledger: new Ledger(), cut: 0, ends: 0 }
  const cursor = new Segment()
  while (!enough(heard)) {
    const captured = await producer.read(signal)
    if (captured === null) break
    for (const { batch } of captured.batches) {
      heard.ledger.merge(batch.ledger)
      for (cursor.reset(batch); cursor.next(); ) {
        heard.ledger.add('inspected', cursor.length)
        if (cursor.kind === KIND.end) heard.ends++
        if (cursor.kind !== KIND.packet) continue
        const identity = parseIdentity(cursor.identityBytes())
        heard.flows.set(`${cursor.key}`, identity)
        heard.cut += cursor.wireLength - cursor.length
        const stream = `${cursor.key}/${cursor.dir}`
        heard.streams.set(stream, (heard.streams.get(stream) ?? '') + Buffer.from(cursor.payload).toString('latin1'))
      }
    }
  }
  return heard
}

/** The answers that were seen, by path, in order. */
export function answers({ streams }: Heard): readonly string[] {
  return [...streams.values()].flatMap(text => [...text.matchAll(/answer (\S+)/g)].map(match => match[1]!)).toSorted()
}
