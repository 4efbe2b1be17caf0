import { Retryable } from '#schemas/contracts/errors.ts'
import { type SinkWorld, sinkSuite, type Trouble } from '#test/suites/sink.ts'

/** Another side in this process that can do everything: what the suite says of it, it says of the runtime. */
sinkSuite(
  'the runtime',
  ['refuse', 'away', 'failing', 'throttling', 'hanging'],
  async (): Promise<SinkWorld<number>> => {
    const held: number[] = []
    const unwanted = new Set<number>()
    let trouble: Trouble | null = null
    const during = (which: Trouble) => (on: boolean) => {
      trouble = on ? which : null
    }
    const refuse = (): void => {
      if (trouble === 'away') throw new Retryable('away', 'no connection')
      if (trouble === 'failing') throw new Retryable('server-error', 'HTTP 500', { answered: true })
      if (trouble === 'throttling') throw new Retryable('throttled', 'HTTP 429', { retryAfter: 30_000 })
    }
    return {
      open: async () => ({
        write: async batch => {
          if (trouble === 'hanging') await new Promise(() => {})
          refuse()
          for (const n of batch) if (!unwanted.has(n) && !held.includes(n)) held.push(n)
          return batch.flatMap((n, index) => (unwanted.has(n) ? [{ index, answer: 'unwanted' }] : []))
        },
        [Symbol.asyncDispose]: async () => {},
      }),
      record: n => n,
      held: async () => held,
      trouble: {
        away: during('away'),
        failing: during('failing'),
        throttling: during('throttling'),
        hanging: during('hanging'),
      },
      refuse: n => void unwanted.add(n),
      [Symbol.asyncDispose]: async () => {},
    }
  },
)
