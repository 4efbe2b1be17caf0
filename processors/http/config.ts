import { z } from 'zod'

const bytes = (initial: number, most: number, text: string) =>
  z.int().min(1).max(most).default(initial).describe(`${text}, bytes`)

export const config = z
  .strictObject({
    connections: z
      .int()
      .min(1)
      .default(200_000)
      .describe(
        'Most connections at once per partition (`read`: in all); the bytes of further ones are counted as `budget`',
      ),
    memory: z
      .int()
      .min(65_536)
      .default(256 * 1024 * 1024)
      .describe(
        'Memory for unfinished messages per partition (`read`: in all), bytes; beyond it the oldest connections are given up',
      ),
    probe: bytes(8192, 65_536, 'Longest beginning of a direction kept to find out what it speaks'),
    protocols: z
      .int()
      .min(1)
      .max(64)
      .default(8)
      .describe('Most protocols in a row on one connection (CONNECT, Upgrade)'),
    head: bytes(65_536, 1_048_576, 'Longest header section'),
    headers: z.int().min(1).max(10_000).default(256).describe('Most fields kept of one header section'),
    body: z
      .strictObject({
        keep: bytes(1_048_576, 67_108_864, 'Body kept per message for detection'),
        decode: z.boolean().default(true).describe('Decode content codings (gzip, deflate, br, zstd)'),
        decoded: bytes(4_194_304, 268_435_456, 'Most that content decoding may make of one body'),
      })
      .prefault({})
      .describe('What is kept of bodies'),
    pipeline: z.int().min(1).max(100_000).default(1000).describe('Most requests waiting for a response per connection'),
    responseTimeout: z
      .number()
      .positive()
      .default(60)
      .describe('A request without a response is reported after this long, seconds of capture time'),
  })
  .describe('HTTP: what is kept of a connection, and for how long')

export type Config = z.infer<typeof config>
