/** Captures live from a network interface, through libpcap. */
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { ProducerSpec } from '#schemas/contracts/producer.ts'
import { livePosition } from '#schemas/wire/live-position.ts'
import { commandOf } from './command.ts'
import { NotStarted, ProcessEngine } from './engine.ts'
import { interfaceExists, lostByInterface } from './interfaces.ts'
import { LiveCapture } from './live-capture.ts'
import { ANY, type CaptureOptions, LONGEST_FRAME } from './options.ts'
import { refusalOf } from './refusal.ts'
import type { Machine } from './succession.ts'

const MIB = 1024 ** 2

const config = z
  .strictObject({
    interface: z
      .string()
      .regex(/^[^\s/-][^\s/]{0,126}$/, { error: "the name of an interface, as 'ip link' shows it, or any" })
      .describe(`Name of an interface, or ${ANY} for all; for some of them, an entry each`),
    filter: z
      .string()
      .max(16_384)
      .default('')
      .describe('Only these packets: BPF in the syntax of pcap-filter(7), applied by the kernel'),
    snapLength: z
      .int()
      .min(64)
      .max(LONGEST_FRAME)
      .default(LONGEST_FRAME)
      .describe('Bytes kept of a packet; engine cap keeps 65535 at most'),
    promiscuous: z
      .boolean()
      .default(true)
      .describe('Also packets that are addressed to others, as on a mirror port; no effect with any'),
    bufferBytes: z
      .int()
      .min(MIB)
      .max(2047 * MIB)
      .default(64 * MIB)
      .describe("The kernel's buffer, for what comes while nothing can be read; what does not fit is drops.kernel"),
    engine: z
      .enum(['cap', 'tcpdump'])
      .default('cap')
      .describe('What captures: the package cap, or the program tcpdump, which keeps up with several times as much'),
    delayMs: z
      .int()
      .min(1)
      .max(10_000)
      .default(100)
      .describe('Most milliseconds that captured packets wait for a batch to fill'),
  })
  .refine(({ engine, promiscuous, interface: device }) => engine !== 'cap' || promiscuous || device === ANY, {
    path: ['promiscuous'],
    error: 'cap is always promiscuous: set engine: tcpdump',
  })

const machine: Machine = {
  start,
  exists: interfaceExists,
  lost: lostByInterface,
  now: () => Date.now(),
  sleep: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => {}),
}

async function start(options: CaptureOptions): Promise<ProcessEngine> {
  const command = commandOf(options)
  try {
    return await ProcessEngine.start(command)
  } catch (error) {
    if (!(error instanceof NotStarted)) throw error
    throw refusalOf(options, command.program, error.message)
  }
}

export default {
  kind: 'producer',
  name: 'pcap',
  summary: 'Captures live from a network interface',
  config,
  flow: 'shed',
  source: options => options.interface,
  async open(options, host) {
    return new LiveCapture(await start(options), options, host, livePosition(host.position), machine)
  },
} satisfies ProducerSpec<z.infer<typeof config>>
