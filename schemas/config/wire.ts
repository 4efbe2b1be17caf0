/** How captured packets are read, whatever captured them: part of `capture` in the configuration. */
import { z } from 'zod'
import { cidr } from './net.ts'

const KIB = 1024
const MIB = 1024 ** 2

const port = z.int().min(1).max(65_535)

/** Ports of one kind of tunnel. A port of two kinds belongs to the one that is asked for first. */
const ports = (usual: readonly number[], what: string) =>
  z
    .array(port)
    .max(64)
    .default([...usual])
    .describe(`UDP destination ports of ${what}`)

const ignored = z.strictObject({
  subnets: z.array(cidr()).min(1).max(10_000).describe('Addresses and blocks, of both families'),
  match: z
    .enum(['src', 'dst', 'src_or_dst', 'src_and_dst'])
    .default('src_or_dst')
    .describe('Which address of the packet must be in one of them'),
})

export const wireShape = {
  checksums: z
    .enum(['ignore', 'verify'])
    .default('ignore')
    .describe(
      'verify: a packet with a wrong IPv4 or TCP checksum is damaged, as for the host that gets it. ignore: as a capture on the sending host needs it, where the card fills them in later',
    ),
  ignoreIps: z
    .array(ignored)
    .max(256)
    .default([])
    .describe('Packets that are left out, by their innermost addresses: what one of these entries matches'),
  tunnels: z
    .strictObject({
      depth: z.int().min(4).max(64).default(24).describe('Most layers of headers in one packet, all protocols counted'),
      vxlanPorts: ports([4789, 8472], 'VXLAN'),
      vxlanGpePorts: ports([4790], 'VXLAN-GPE'),
      genevePorts: ports([6081], 'Geneve'),
    })
    .prefault({})
    .describe('Packets in packets'),
  fragments: z
    .strictObject({
      maxBytes: z
        .int()
        .min(128 * KIB)
        .max(1024 * MIB)
        .default(16 * MIB)
        .describe(
          'Memory of each source for IP fragments whose packet is not complete; above, the largest sender loses',
        ),
      maxDatagrams: z.int().min(1).max(1_000_000).default(16_384).describe('The same, as a number of packets'),
      maxPerDatagram: z
        .int()
        .min(2)
        .max(8192)
        .default(1024)
        .describe('Fragments of one packet; with one more, all of it is let go'),
      timeoutMs: z
        .int()
        .min(100)
        .max(600_000)
        .default(30_000)
        .describe('Capture time that a packet may take to become complete, from its first fragment'),
    })
    .prefault({})
    .describe('IP fragments'),
}

const wire = z.strictObject(wireShape)
export type WireOptions = z.output<typeof wire>

/** What holds where the configuration says nothing. */
export const WIRE_DEFAULTS: WireOptions = wire.parse({})
