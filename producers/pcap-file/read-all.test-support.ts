/** Reads a whole source the way the runtime does, and tells what came out as plain data. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { Captured, Producer, ProducerHost } from '#schemas/contracts/producer.ts'
import { Ledger } from '#schemas/records/ledger.ts'
import { checkFrame, copyBatch, KIND, Segment } from '#schemas/records/segment.ts'
import { tcpFrame, text } from '#test/driver/frames.ts'
import { producerHost } from '#test/driver/producer-host.ts'
import spec from './index.ts'

export type Options = Partial<Parameters<typeof spec.open>[0]>

export const host = producerHost

export interface Outcome {
  /** `<number>:<payload>@<µs>` of each packet, `tick@<µs>`, `end@<µs>`; partition 0. */
  readonly events: string[]
  readonly ledger: Ledger
  /** Payload bytes in segments, all partitions. */
  readonly payload: number
  /** What `read` threw in the end, or null. */
  readonly error: unknown
  readonly reads: Captured[]
}

export async function drain(producer: Producer, most = Number.POSITIVE_INFINITY): Promise<Outcome> {
  const { signal } = new AbortController()
  const outcome = {
    events: [] as string[],
    ledger: new Ledger(),
    payload: 0,
    error: null as unknown,
    reads: [] as Captured[],
  }
  try {
    while (outcome.reads.length < most) {
      const captured = await producer.read(signal)
      if (captured === null) break
      const batches = captured.batches.map(({ partition, batch }) => ({ partition, batch: copyBatch(batch) }))
      outcome.reads.push({ ...captured, batches })
      for (const { partition, batch } of captured.batches) {
        checkFrame(batch.frame, batch.count)
        outcome.ledger.merge(batch.ledger)
        const cursor = new Segment().reset(batch)
        while (cursor.next()) {
          outcome.payload += cursor.length
          if (partition === 0) outcome.events.push(told(cursor))
        }
      }
    }
  } catch (error) {
    outcome.error = error
  }
  return outcome
}

function told(segment: Segment): string {
  if (segment.kind === KIND.tick) return `tick@${segment.time}`
  if (segment.kind === KIND.end) return `end@${segment.time}`
  return `${segment.packet}:${Buffer.from(segment.payload).toString()}@${segment.time}`
}

export async function readAll(
  options: { path: string } & Options,
  changes: Partial<ProducerHost> = {},
): Promise<Outcome> {
  await using producer = await spec.open(spec.config.parse(options), host(changes))
  return await drain(producer)
}

/** Reads `bytes` from standard input, in chunks of `chunk`. */
export function readBytes(bytes: Uint8Array, changes: Partial<ProducerHost> = {}, chunk = 1000): Promise<Outcome> {
  const chunks: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += chunk) chunks.push(bytes.subarray(at, at + chunk))
  return readAll({ path: '-' }, { stdin: Readable.from(chunks), ...changes })
}

/** A directory that goes away with the test. */
export function scratch(): { readonly path: (name: string, content?: Uint8Array) => string } & Disposable {
  const directory = mkdtempSync(join(tmpdir(), 'tapwire-pcap-'))
  return {
    path(name, content) {
      const path = join(directory, name)
      if (content !== undefined) writeFileSync(path, content)
      return path
    },
    [Symbol.dispose]: () => rmSync(directory, { recursive: true }),
  }
}

/** Ethernet frames of one flow, a payload each, `gap` µs apart from `time` on. */
export function frames(payloads: readonly string[], time = 1_700_000_000_000_000, gap = 400_000) {
  return payloads.map((payload, i) => ({ bytes: tcpFrame({ seq: i + 1 }, text(payload)), time: time + i * gap }))
}
