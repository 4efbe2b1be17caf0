import { z } from 'zod'
import { bodyLimits, bytes, headerLimit } from '#schemas/http/limits.ts'

const seconds = (initial: number, text: string) =>
  z.number().min(0.001).max(86_400).default(initial).describe(`${text}, seconds of stream time`)

export const config = z
  .strictObject({
    halves: z
      .int()
      .min(16)
      .max(10_000_000)
      .default(200_000)
      .describe(
        'Most exchanges in progress or just finished per partition (`read`: in all); beyond it the oldest are given up',
      ),
    memory: z
      .int()
      .min(65_536)
      .default(128 * 1024 * 1024)
      .describe(
        'Memory for halves that wait for the other one, per partition (`read`: in all), bytes; beyond it the oldest are given up',
      ),
    responseTimeout: seconds(60, 'A request without its response is reported after this long'),
    requestTimeout: seconds(10, 'The same for a response without its request'),
    linger: seconds(
      5,
      'How long an exchange is remembered, so that a half that comes again is not taken for a new one',
    ),
    clockSkew: seconds(
      60,
      'Difference between the clock of a proxy and that of the ingest server from which on the latter counts',
    ),
    head: bytes(65_536, 1_048_576, 'Longest header section, names and values'),
    headers: headerLimit,
    body: bodyLimits,
    responses: z
      .boolean()
      .default(true)
      .describe(
        'Wait for responses; false: a request is an exchange by itself (http.response-not-kept), and responses are left out',
      ),
  })
  .describe('Messages of proxies: how halves of exchanges meet, and what is kept of them')

export type Config = z.infer<typeof config>
