import { z } from 'zod'
import { bodyLimits, bytes, headerLimit } from '#schemas/http/limits.ts'

const most = (initial: number, text: string) => z.int().min(1).default(initial).describe(text)

const http2 = z
  .strictObject({
    streams: most(4096, 'Most streams in progress per connection; beyond it the oldest is reported as it is'),
    table: bytes(65_536, 1_048_576, 'Dynamic table kept per direction; entries beyond it become unknown'),
    continuations: most(32, 'CONTINUATION frames of one header block; more is a flood'),
    flood: z
      .strictObject({
        window: z
          .number()
          .positive()
          .default(10)
          .describe('Window in which frames are counted, seconds of capture time'),
        rapidReset: most(200, 'Streams that the client resets before their response is complete'),
        madeYouReset: most(100, 'Streams that the server resets because of what the client sent'),
        settings: most(100, 'SETTINGS frames'),
        ping: most(5000, 'PING frames'),
        emptyFrames: most(100, 'Frames of a body or a header block without a byte and without an end'),
        priority: most(2000, 'PRIORITY and PRIORITY_UPDATE frames'),
        windowUpdate: most(2000, 'WINDOW_UPDATE frames of less than 16 bytes'),
      })
      .prefault({})
      .describe('How many in a window and connection are reported as an attack (http2.flood.*)'),
  })
  .prefault({})
  .describe('HTTP/2: limits of a connection')

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
    headers: headerLimit,
    body: bodyLimits,
    pipeline: z.int().min(1).max(100_000).default(1000).describe('Most requests waiting for a response per connection'),
    responses: z
      .boolean()
      .default(true)
      .describe(
        'Keep responses; false: they still say which request was answered when, and are let go (http.response-not-kept)',
      ),
    responseTimeout: z
      .number()
      .positive()
      .default(60)
      .describe('A request without a response is reported after this long, seconds of capture time'),
    alternatives: z
      .strictObject({
        bytes: bytes(1_048_576, 67_108_864, 'Most that the other readings of one connection may read, all together'),
        wait: z.number().positive().default(60).describe('How long one of them lasts at most, seconds of capture time'),
      })
      .prefault({})
      .describe('Where TCP segments contradict each other, both readings are decoded: bounds of the other one'),
    http2,
  })
  .describe('HTTP: what is kept of a connection, and for how long')

export type Config = z.infer<typeof config>
