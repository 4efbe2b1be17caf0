/** A mirror on loopback, somebody who sends to it, and what came out of it. */
import { createSocket } from 'node:dgram'
import type { z } from 'zod'
import type { Captured, Producer, ProducerHost } from '#schemas/contracts/producer.ts'
import type { Encapsulation } from '#schemas/records/flow.ts'
import { Ledger } from '#schemas/records/ledger.ts'
import { checkFrame, KIND, Segment } from '#schemas/records/segment.ts'
import { join, u16, u32 } from '#test/driver/frames.ts'
import { producerHost } from '#test/driver/producer-host.ts'
import spec from './index.ts'

export type Options = z.input<typeof spec.config>

export const host = (changes: Partial<ProducerHost> = {}): ProducerHost => producerHost({ partitions: 2, ...changes })

export function geneve(
  vni: number,
  protocol: number,
  payload: Uint8Array,
  options: Uint8Array = new Uint8Array(0),
): Uint8Array {
  return join([options.length / 4, 0], u16(protocol), u32(vni * 256), options, payload)
}

/** What was read so far. */
export class Seen {
  readonly payloads: string[] = []
  readonly encapsulations: (readonly Encapsulation[])[] = []
  readonly ledger = new Ledger()
  ticks = 0
  ends = 0

  add(captured: Captured): void {
    for (const { batch } of captured.batches) {
      checkFrame(batch.frame, batch.count)
      this.ledger.merge(batch.ledger)
      const cursor = new Segment().reset(batch)
      while (cursor.next()) this.#segment(cursor)
    }
  }

  #segment(segment: Segment): void {
    if (segment.kind === KIND.tick) this.ticks++
    if (segment.kind === KIND.end) this.ends++
    if (segment.kind !== KIND.packet) return
    this.payloads.push(Buffer.from(segment.payload).toString())
    this.encapsulations.push(segment.identity().encapsulation)
    this.ledger.add('inspected', segment.length)
  }
}

/** Opens a mirror on a free port of loopback. */
export async function openMirror(
  options: Partial<Options> & Pick<Options, 'encapsulation'>,
  changes: Partial<ProducerHost> = {},
) {
  const config = spec.config.parse({ listen: '127.0.0.1:0', delayMs: 1, ...options })
  return await spec.open(config, host(changes))
}

/** Sends datagrams one after another from one socket; resolves when the kernel has taken the last. */
export async function send(port: number, datagrams: readonly Uint8Array[], from = '127.0.0.1'): Promise<void> {
  const socket = createSocket('udp4')
  await new Promise<void>(resolve => socket.bind({ address: from, port: 0 }, resolve))
  for (const datagram of datagrams) {
    await new Promise<void>((resolve, reject) =>
      socket.send(datagram, port, '127.0.0.1', error => (error === null ? resolve() : reject(error))),
    )
  }
  await new Promise<void>(resolve => socket.close(resolve))
}

/** Reads until so many bytes of datagrams have their fate. */
export async function readUntil(producer: Producer, bytes: number, seen = new Seen()): Promise<Seen> {
  const { signal } = new AbortController()
  while (seen.ledger.get('captured') < bytes) seen.add((await producer.read(signal))!)
  return seen
}

/** Sends the datagrams to a mirror with these options, and reads what it makes of them. */
export async function mirrored(
  options: Partial<Options> & Pick<Options, 'encapsulation'>,
  datagrams: readonly Uint8Array[],
) {
  await using mirror = await openMirror(options)
  await send(mirror.port, datagrams)
  const seen = await readUntil(mirror, bytesOf(datagrams))
  return { seen, stats: mirror.stats() }
}

export const bytesOf = (datagrams: readonly Uint8Array[]): number =>
  datagrams.reduce((sum, { length }) => sum + length, 0)
