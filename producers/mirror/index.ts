/** Receives the packets of a traffic mirror as VXLAN or Geneve over UDP. */
import { z } from 'zod'
import { cidr } from '#schemas/config/net.ts'
import { isLoopback, parseListen } from '#schemas/config/telemetry.ts'
import type { ProducerSpec } from '#schemas/contracts/producer.ts'
import { livePosition } from '#schemas/wire/live-position.ts'
import { Segmenter } from '#schemas/wire/segmenter.ts'
import { WallClock } from '#schemas/wire/wall-clock.ts'
import { compileFilter } from './bpf/compile.ts'
import { Datagrams } from './datagrams.ts'
import { KernelDrops } from './kernel-drops.ts'
import { Mirror } from './mirror.ts'
import { bind, largestBuffer } from './socket.ts'

const KIB = 1024
const MIB = 1024 ** 2
const MOST_VNIS = 4096

const vniList = z.array(z.int().min(0).max(0xffffff)).max(MOST_VNIS).default([])
const vnis = (of: string) => vniList.describe(`${of} that are taken; none given: all`)

const config = z
  .strictObject({
    encapsulation: z.enum(['vxlan', 'geneve']).describe('What the datagrams hold'),
    listen: z
      .string()
      .refine(text => parseListen(text) !== null, { error: 'expected an address and a port, e.g. 10.0.0.5:4789' })
      .describe(
        'Address and port that the mirror sends to (0.0.0.0: all addresses). Ports are 4789 for VXLAN, 6081 for Geneve',
      ),
    sources: z
      .array(cidr())
      .max(10_000)
      .default([])
      .describe('Addresses and blocks that may send; none given: all. Nothing else tells a mirror from an impostor'),
    vnis: vnis('Network identifiers'),
    exceptVnis: vniList.describe('Network identifiers that are left out, whatever vnis says'),
    innerVnis: vnis('Geneve: network identifiers of VXLAN inside Geneve (AWS)'),
    filter: z
      .string()
      .max(16 * KIB)
      .refine(text => !text.includes('\0'), { error: 'must not contain NUL' })
      .default('')
      .describe('Which of the mirrored packets are taken, in the syntax of tcpdump (pcap-filter); empty: all'),
    truncated: z
      .boolean()
      .default(false)
      .describe('The mirror cuts packets off: what their headers announce beyond that is missing, instead of damaged'),
    bufferBytes: z
      .int()
      .min(64 * KIB)
      .max(1024 * MIB)
      .default(4 * MIB)
      .describe('Kernel buffer for what is not read yet; the kernel gives net.core.rmem_max at most'),
    delayMs: z
      .int()
      .min(1)
      .max(1000)
      .default(100)
      .describe('Milliseconds after which packets are handed on at the latest'),
    limits: z
      .strictObject({
        pendingBytes: z
          .int()
          .min(4 * MIB)
          .max(1024 * MIB)
          .default(32 * MIB)
          .describe('Memory for packets that nobody takes at the moment; more are dropped and counted'),
      })
      .prefault({})
      .describe('Bounds on memory'),
  })
  .superRefine(({ encapsulation, innerVnis }, ctx) => {
    if (encapsulation === 'geneve' || innerVnis.length === 0) return
    ctx.addIssue({ code: 'custom', path: ['innerVnis'], message: 'innerVnis is for geneve: VXLAN has vnis' })
  })

export default {
  kind: 'producer',
  name: 'mirror',
  summary: 'Receives a traffic mirror that sends VXLAN or Geneve over UDP',
  flow: 'shed',
  config,
  warnings({ listen, sources, bufferBytes }) {
    const warnings: string[] = []
    if (sources.length === 0 && !isLoopback(parseListen(listen)?.host ?? '')) {
      warnings.push(`listen: whoever can reach ${listen} can make up traffic: name the senders in sources`)
    }
    const largest = largestBuffer()
    if (largest !== null && largest < bufferBytes) {
      warnings.push(
        `bufferBytes: this kernel gives ${largest} instead of ${bufferBytes}: sysctl -w net.core.rmem_max=${bufferBytes}`,
      )
    }
    return warnings
  },
  source: ({ encapsulation, listen }) => `${encapsulation}/${listen}`,
  async open(options, host) {
    const { host: address, port } = parseListen(options.listen)!
    const program = options.filter.trim() === '' ? null : await compileFilter(options.filter)
    const position = livePosition(host.position)
    const segmenter = new Segmenter({
      sensor: host.sensor,
      capture: 'mirror',
      source: `${options.encapsulation}/${options.listen}`,
      partitions: host.partitions,
      flowHashKey: host.flowHashKey,
      batchBytes: host.batchBytes,
      time: position.time,
      wire: host.wire,
    })
    const datagrams = new Datagrams(segmenter, host.wire, options, program, position.packets)
    const socket = await bind(address, port, options.bufferBytes)
    const drops = await KernelDrops.of(address, socket.address().port)
    const { batchBytes } = host
    return new Mirror({
      socket,
      datagrams,
      segmenter,
      drops,
      clock: new WallClock(),
      batchBytes,
      delayMs: options.delayMs,
    })
  },
} satisfies ProducerSpec<z.infer<typeof config>>
