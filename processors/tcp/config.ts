import { z } from 'zod'

const seconds = (value: number, what: string) =>
  z.number().min(0.001).max(86_400).default(value).describe(`${what}, seconds of stream time`)
const bytes = (value: number, what: string) =>
  z
    .int()
    .min(1024)
    .max(2 ** 40)
    .default(value)
    .describe(`${what}, bytes`)

export const config = z.strictObject({
  openFlows: z
    .int()
    .min(1)
    .max(10_000_000)
    .default(200_000)
    .describe('Most connections open at once, per task; `read`: in all'),
  halfOpenShare: z
    .number()
    .min(0.01)
    .max(1)
    .default(0.5)
    .describe('Share of openFlows that connections without a complete handshake may take'),
  bufferBytes: bytes(64 * 1024 * 1024, 'Memory for segments that wait for earlier ones, per task; `read`: in all'),
  flowBuffer: bytes(1024 * 1024, 'The same, per direction of a connection'),
  flowSegments: z
    .int()
    .min(1)
    .max(65_536)
    .default(1024)
    .describe('Most waiting segments per direction of a connection'),
  maxWindow: z
    .int()
    .min(65_536)
    .max(2 ** 30)
    .default(16 * 1024 * 1024)
    .describe('Farthest from the expected sequence number that a segment is believed, bytes'),
  overlap: z
    .enum(['first', 'last', 'both'])
    .default('both')
    .describe(
      'What is read where segments contradict each other: the bytes that came first, those that came last, or both',
    ),
  recentBytes: z
    .int()
    .min(256)
    .max(65_536)
    .default(8192)
    .describe('Unacknowledged bytes per direction that retransmissions are compared with'),
  recentMemory: bytes(16 * 1024 * 1024, 'Memory for them, per task; `read`: in all'),
  gapWait: seconds(1, 'How long a hole waits after the receiver acknowledged beyond it (or, seen one way, at all)'),
  gapSegments: z
    .int()
    .min(1)
    .max(65_536)
    .default(512)
    .describe('Segments waiting behind an acknowledged hole that end the wait early'),
  syncWait: seconds(0.1, 'How long the first segments of a connection without SYN wait for earlier ones'),
  syncAckWait: seconds(0.02, 'The same, once the receiver has acknowledged them'),
  syncBytes: bytes(256 * 1024, 'The same, how many bytes at most'),
  idleTimeout: seconds(300, 'Silence after which an established connection has ended'),
  halfOpenTimeout: seconds(30, 'The same, before anything was exchanged'),
  closingTimeout: seconds(60, 'The same, after a FIN or RST was seen'),
  linger: seconds(5, 'How long a closed connection is remembered, for late retransmissions'),
  reuseIdle: seconds(1, 'Silence after which a SYN with a new sequence number replaces an established connection'),
})

export type Config = z.infer<typeof config>

/** The configuration with times in µs, as the stages compare them. */
export function toMicroseconds(config: Config): Config {
  const us = (s: number) => Math.round(s * 1e6)
  return {
    ...config,
    gapWait: us(config.gapWait),
    syncWait: us(config.syncWait),
    syncAckWait: us(config.syncAckWait),
    idleTimeout: us(config.idleTimeout),
    halfOpenTimeout: us(config.halfOpenTimeout),
    closingTimeout: us(config.closingTimeout),
    linger: us(config.linger),
    reuseIdle: us(config.reuseIdle),
  }
}
