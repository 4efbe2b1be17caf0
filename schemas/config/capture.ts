import { z } from 'zod'
import { wireShape } from './wire.ts'

const MIB = 1024 ** 2
const GIB = 1024 ** 3

/** How packets are read (wire.ts), and what becomes of live traffic while the log is slow or away: `ProducerSpec.flow`. */
export const capture = z
  .strictObject({
    ...wireShape,
    overload: z
      .enum(['shed', 'wait'])
      .default('shed')
      .describe(
        'Live sources while the log is slow or away. shed: read on, drop what finds memory and spill full, and count it. wait: not read, so that the kernel drops (drops.kernel counts packets, nobody bytes)',
      ),
    queueBytes: z
      .int()
      .min(8 * MIB)
      .default(64 * MIB)
      .describe('Memory of each live source for what the log has not taken yet'),
    flushMs: z
      .int()
      .min(0)
      .max(600_000)
      .default(5000)
      .describe('Milliseconds that a stop may take to bring this memory into the log'),
    spill: z
      .strictObject({
        directory: z
          .string()
          .min(1)
          .max(4096)
          .default('.tapwire/spill')
          .describe('Where it is kept; one process at a time'),
        maxBytes: z
          .int()
          .min(16 * MIB)
          .default(8 * GIB)
          .describe('Size at which live traffic is dropped'),
        reserveBytes: z
          .int()
          .min(0)
          .default(GIB)
          .describe('Free space on the disk below which live traffic is dropped'),
      })
      .optional()
      .describe(
        'Disk for what does not fit into the memory; without it, live traffic is dropped. {}: with the defaults',
      ),
  })
  .refine(({ overload, spill }) => overload === 'shed' || spill === undefined, {
    path: ['spill'],
    error: 'is for overload: shed; a source that waits puts nothing there',
  })
  .prefault({})
  .describe(
    'How packets are read, whatever captures them; and where live traffic stays while the log is slow or away (files wait)',
  )

export type CaptureConfig = z.output<typeof capture>
