/** Plays scripted bytes to one protocol's session, without the stage around it: an order of magnitude faster, for fuzzing. */
import { decode, encode } from '@msgpack/msgpack'
import { config } from '#processors/http/config.ts'
import { HttpStage } from '#processors/http/stage.ts'
import type { Place, ProtocolExchange, ProtocolLimits, ProtocolSpec, Session } from '#schemas/contracts/protocol.ts'
import type { Hop } from '#schemas/records/exchange.ts'
import type { PlayOptions, Step } from '#test/driver/http.ts'

/** What a session said, and what became of the bytes. */
export interface SessionPlayed {
  readonly exchanges: readonly ProtocolExchange[]
  /** Kind and packet, each kind once. */
  readonly anomalies: ReadonlyMap<string, number>
  readonly hops: readonly Hop[]
  readonly ledger: ReadonlyMap<string, number>
  /** What it became, if it did, and the bytes that the next one has to read, by direction. */
  readonly became: { readonly protocol: string; readonly rest: readonly [string, string] } | null
  /** Bytes it was given. */
  readonly fed: number
}

/** Limits as the HTTP stage makes them of its configuration. */
export function limitsOf(settings: unknown): ProtocolLimits {
  return new HttpStage(config.parse(settings), []).limits
}

/** `carry`: what opened it, if something did. Every step is a packet. */
export function playSession(
  spec: ProtocolSpec,
  limits: ProtocolLimits,
  steps: readonly Step[],
  { cut, restart, carry }: Pick<PlayOptions, 'cut' | 'restart'> & { readonly carry?: unknown } = {},
): SessionPlayed {
  const exchanges: ProtocolExchange[] = []
  const anomalies = new Map<string, number>()
  const hops: Hop[] = []
  const ledger = new Map<string, number>()
  let protocol: string | null = null
  const rest: [string, string] = ['', '']
  const out = {
    exchange: (exchange: ProtocolExchange) => exchanges.push(exchange) + 1,
    anomaly: (kind: string, { packet }: Place) => void (anomalies.has(kind) || anomalies.set(kind, packet)),
    settle: (fate: string, bytes: number) => void ledger.set(fate, (ledger.get(fate) ?? 0) + bytes),
    hop: (hop: Hop) => hops.push(hop) > 0,
    alarm: () => {},
    become: (next: string, left: readonly [readonly { bytes: Uint8Array }[], readonly { bytes: Uint8Array }[]]) => {
      protocol = next
      for (const dir of [0, 1] as const) for (const { bytes } of left[dir]) rest[dir] += latin1(bytes)
    },
  }
  let session: Session = spec.open(out, limits, carry === undefined ? { kind: 'new' } : { kind: 'carried', carry })
  let fed = 0
  const before = (): Session => {
    if (restart?.() !== true) return session
    const snapshot = decode(encode(session.snapshot()))
    return (session = spec.open(out, limits, { kind: 'restored', snapshot }))
  }
  for (const [i, step] of steps.entries()) {
    const place = { time: 1000 * (i + 1), packet: i + 1, offset: -1 }
    if ('end' in step) {
      for (const dir of step.end === 'both' ? ([0, 1] as const) : ([step.end === 'c' ? 0 : 1] as const)) {
        if (protocol === null) before().end(dir, step.reason ?? 'fin', place)
      }
    } else if ('gap' in step) {
      if (protocol === null) before().gap(step.gap === 'c' ? 0 : 1, step.missing, place)
    } else if ('note' in step) {
      if (protocol === null) before().note(step.note === 'c' ? 0 : 1, step.anomaly)
    } else if (!('wait' in step)) {
      const dir = 'c' in step ? 0 : 1
      const sent = 'c' in step ? step.c : step.s
      const bytes = typeof sent === 'string' ? Buffer.from(sent, 'latin1') : sent
      fed += bytes.length
      for (let at = 0; at < bytes.length; ) {
        const to = Math.min(bytes.length, at + Math.max(1, cut?.(bytes.length - at) ?? bytes.length))
        // A copy that is overwritten after the call: what is kept of it without copying shows.
        const piece = new Uint8Array(bytes.subarray(at, to))
        if (protocol === null) before().data(dir, piece, place)
        else rest[dir] += latin1(piece)
        piece.fill(0x21)
        at = to
      }
    }
  }
  return { exchanges, anomalies, hops, ledger, became: protocol === null ? null : { protocol, rest }, fed }
}

/** Bytes that are settled, or left to the next protocol. */
export function accounted({ ledger, became }: SessionPlayed): number {
  const settled = [...ledger.values()].reduce((sum, bytes) => sum + bytes, 0)
  return settled + (became === null ? 0 : became.rest[0].length + became.rest[1].length)
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}
