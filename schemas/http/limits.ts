/** What is kept of heads and bodies: configuration that every stage has which makes exchanges. */
import { z } from 'zod'

/** A number of bytes, `initial` by default and `most` at most. */
export const bytes = (initial: number, most: number, text: string) =>
  z.int().min(1).max(most).default(initial).describe(`${text}, bytes`)

export const headerLimit = z.int().min(1).max(10_000).default(256).describe('Most fields kept of one header section')

export const bodyLimits = z
  .strictObject({
    keep: bytes(1_048_576, 67_108_864, 'Body kept per message for detection'),
    decode: z.boolean().default(true).describe('Decode content codings (gzip, deflate, br, zstd)'),
    decoded: bytes(4_194_304, 268_435_456, 'Most that content decoding may make of one body'),
    ratio: z
      .number()
      .min(10)
      .max(10_000)
      .default(200)
      .describe('Most that content decoding may make of one byte; 1 MiB is allowed in any case'),
  })
  .prefault({})
  .describe('What is kept of bodies')
