/** How records are delivered to the other side of a sink: the same keys for every sink, under `delivery` of its entry. */
import { z } from 'zod'

const MIB = 1024 ** 2

export const delivery = z
  .strictObject({
    batch: z
      .strictObject({
        records: z.int().min(1).max(100_000).default(1000).describe('Records of a batch at most'),
        bytes: z
          .int()
          .min(1024)
          .max(64 * MIB)
          .default(MIB)
          .describe('Bytes of a batch in the log at most; a single larger record is a batch of its own'),
        ageMs: z
          .int()
          .min(0)
          .max(600_000)
          .default(0)
          .describe('Milliseconds that a batch waits to be filled; 0: what is there goes out at once'),
      })
      .prefault({})
      .describe('How many records go out together'),
    concurrency: z
      .int()
      .min(1)
      .max(64)
      .default(4)
      .describe('Batches on their way at once, each of another partition: the order of a client stays'),
    timeoutMs: z
      .int()
      .min(10)
      .max(3_600_000)
      .default(30_000)
      .describe('Milliseconds after which a batch without an answer is tried again'),
    retry: z
      .strictObject({
        firstMs: z
          .int()
          .min(1)
          .max(60_000)
          .default(200)
          .describe('Milliseconds before the second try; doubled from try to try'),
        maxMs: z.int().min(10).max(3_600_000).default(60_000).describe('Milliseconds between tries at most'),
        perMinute: z
          .int()
          .min(1)
          .max(60_000)
          .default(120)
          .describe('Tries after failures in a minute, all batches together: what is beyond waits (retry.budget)'),
      })
      .prefault({})
      .describe(
        'How often an other side that fails is asked again. It never ends: the log keeps the records meanwhile',
      ),
    circuit: z
      .int()
      .min(1)
      .max(1000)
      .default(5)
      .describe('Failures in a row after which the other side counts as away: then one try at a time asks for it'),
    isolateAfter: z
      .int()
      .min(1)
      .max(100)
      .default(3)
      .describe(
        'Tries that the other side may answer with an error before the batch is taken apart to find the record that it is about',
      ),
  })
  .prefault({})
  .describe('How records are delivered')

export type DeliveryConfig = z.output<typeof delivery>
