/** Plays scripted conversations to the HTTP stage, in any cut, with restarts: for tests, fuzzing and benchmarks. */
import http from '#processors/http/index.ts'
import http1 from '#processors/http/protocols/http1/index.ts'
import type { ProtocolSpec } from '#schemas/contracts/protocol.ts'
import type { Anomaly } from '#schemas/records/anomaly.ts'
import { blankChunk, type Chunk, type Connection, type EndReason } from '#schemas/records/chunk.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import type { LedgerCounts } from '#schemas/records/ledger.ts'
import { type Driver, drive } from '#test/driver/stage.ts'

/** `c`: what endpoint a sends, the client when it opened the connection; `s`: what endpoint b sends. */
export type Step =
  | { readonly c: string | Uint8Array }
  | { readonly s: string | Uint8Array }
  | { readonly gap: 'c' | 's'; readonly missing: number }
  | { readonly end: 'c' | 's' | 'both'; readonly reason?: EndReason }
  | { readonly note: 'c' | 's'; readonly anomaly: string }
  /** Capture time passes, seconds. */
  | { readonly wait: number }

export interface PlayOptions {
  /** The HTTP stage's configuration as a user would write it. */
  readonly config?: unknown
  readonly opener?: 0 | 1 | null
  readonly ports?: readonly [number, number]
  readonly protocols?: readonly ProtocolSpec[]
  /** Where to cut the bytes of a step: its first piece's length, given how many are left. Default: all of it. */
  readonly cut?: (left: number) => number
  /** Asked before every chunk: restart the stage now? */
  readonly restart?: () => boolean
}

export interface Played {
  readonly exchanges: readonly Exchange[]
  readonly anomalies: readonly Anomaly[]
  readonly ledger: LedgerCounts
  /** Payload bytes fed: what the ledger must add up to when all directions have ended. */
  readonly fed: number
  readonly stage: Driver
}

export function connectionOf(opener: 0 | 1 | null, ports: readonly [number, number], number = 1): Connection {
  return {
    id: `c${number}`,
    key: number,
    a: { ip: '10.0.0.1', port: ports[0] },
    b: { ip: '10.0.0.2', port: ports[1] },
    opener,
    encapsulation: [],
    sensor: 'test',
    capture: 'pcap-file',
    source: 'test.pcap',
    since: 1_000_000,
  }
}

export function httpStage(config: unknown = {}, protocols: readonly ProtocolSpec[] = [http1]): Driver {
  return drive(() => http.create(http.config.parse(config), { protocols }), { outputs: ['decoded', 'anomalies'] })
}

/** Every step is a packet, a millisecond after the one before. Strings are Latin-1. */
export function play(steps: readonly Step[], options: PlayOptions = {}): Played {
  const stage = httpStage(options.config, options.protocols)
  const chunk = blankChunk(
    connectionOf(options.opener === undefined ? 0 : options.opener, options.ports ?? [40_000, 80]),
  )
  let fed = 0
  let time = 1_000_000
  let packet = 0
  const feed = (changes: Partial<Chunk>) => {
    if (options.restart?.() === true) stage.restart()
    stage.feed(Object.assign(chunk, { bytes: new Uint8Array(0), missing: 0, time, packet }, changes), time)
  }
  for (const step of steps) {
    if ('wait' in step) {
      time += step.wait * 1e6
      stage.advance(time)
      continue
    }
    time += 1000
    packet++
    if ('end' in step) {
      for (const end of step.end === 'both' ? (['c', 's'] as const) : [step.end]) {
        feed({ kind: 'end', dir: end === 'c' ? 0 : 1, reason: step.reason ?? 'fin' })
      }
    } else if ('gap' in step) feed({ kind: 'gap', dir: step.gap === 'c' ? 0 : 1, missing: step.missing })
    else if ('note' in step) feed({ kind: 'anomaly', dir: step.note === 'c' ? 0 : 1, anomaly: step.anomaly })
    else {
      const dir = 'c' in step ? 0 : 1
      const sent = 'c' in step ? step.c : step.s
      const bytes = typeof sent === 'string' ? Buffer.from(sent, 'latin1') : sent
      fed += bytes.length
      for (let at = 0; at < bytes.length; ) {
        const to = Math.min(bytes.length, at + Math.max(1, options.cut?.(bytes.length - at) ?? bytes.length))
        // A copy that is overwritten after the call: what is kept of it without copying shows.
        const piece = new Uint8Array(bytes.subarray(at, to))
        feed({ kind: 'data', dir, bytes: piece })
        piece.fill(0x21)
        at = to
      }
    }
  }
  return {
    exchanges: stage.take<Exchange>('decoded'),
    anomalies: stage.take<Anomaly>('anomalies'),
    ledger: stage.ledger.counts(),
    fed,
    stage,
  }
}
