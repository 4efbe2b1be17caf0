import { z } from 'zod'

const MIB = 1024 ** 2
const GIB = 1024 ** 3
const DAY_MS = 86_400_000

const bytes = z.number().int().min(0)

/** Bounds of the embedded log. Each has a counter in `stats()` and a stated behaviour. */
export const embeddedLimits = z.strictObject({
  maxBytes: bytes
    .min(16 * MIB)
    .default(16 * GIB)
    .describe('Bytes that records may take in the store. Above it producers are refused until retention made room'),
  commitReserveBytes: bytes
    .default(256 * MIB)
    .describe('Bytes above maxBytes that tasks may use to finish what they have begun. Above it they are refused too'),
  reserveBytes: bytes
    .default(GIB)
    .describe('Bytes of the disk to leave free: with less, producers are refused unless the store has room inside'),
  groupExpiryMs: bytes
    .min(1000)
    .default(7 * DAY_MS)
    .describe('A group without a sign of life for this long no longer keeps its input from being deleted'),
})

export const embeddedConfig = z.strictObject({
  directory: z.string().min(1).describe('Directory of the log, created when missing. Not on a network file system'),
  durability: z
    .enum(['fsync', 'os'])
    .default('fsync')
    .describe(
      'fsync: what was accepted survives a power failure. os: faster on slow disks; survives the death of the process, but after a power failure the log may have to be deleted',
    ),
  limits: embeddedLimits.prefault({}),
})

export type EmbeddedLimits = z.infer<typeof embeddedLimits>
