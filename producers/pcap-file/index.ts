/** Reads pcap and pcapng captures, plain or gzip, from a file or standard input. */
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { ProducerSpec } from '#schemas/contracts/producer.ts'
import { CaptureFile } from './capture-file.ts'
import { openPath } from './opening.ts'
import type { Clock } from './pace.ts'
import { parsePosition } from './position.ts'

const MIB = 1024 * 1024
const size = (most: number) => z.int().min(64).max(most)

const config = z.strictObject({
  path: z.string().min(1).describe('Capture file (pcap or pcapng, plain or gzip); - is standard input'),
  speed: z
    .number()
    .nonnegative()
    .default(0)
    .describe('0: as fast as possible; 1: at the pace it was captured; any other factor: so many times faster'),
  limits: z
    .strictObject({
      packetBytes: size(64 * MIB)
        .default(MIB)
        .describe('Longest captured packet; a longer one ends the file as damaged'),
      blockBytes: size(256 * MIB)
        .default(16 * MIB)
        .describe('Longest pcapng block that is no packet'),
      interfaces: z.int().min(1).max(65_536).default(1024).describe('Most interfaces in one section of a pcapng file'),
    })
    .prefault({})
    .describe('Bounds on what a file may claim'),
})

/** Timers take no more; who sleeps asks again. */
const LONGEST_SLEEP = 2 ** 31 - 1

const wallClock: Clock = {
  now: () => performance.now(),
  sleep: async (milliseconds, signal) => {
    await sleep(Math.min(milliseconds, LONGEST_SLEEP), undefined, { signal }).catch(error =>
      Promise.reject(signal.reason ?? error),
    )
  },
}

export default {
  kind: 'producer',
  name: 'pcap-file',
  summary: 'Reads a pcap or pcapng capture from a file or standard input',
  config,
  source: ({ path }) => path,
  async open(options, host) {
    const position = host.position == null ? null : parsePosition(host.position, options.path)
    const opened = await openPath(options.path, host, position)
    return new CaptureFile(opened, options, host, wallClock)
  },
} satisfies ProducerSpec<z.infer<typeof config>>
