/**
 * Merges pcap files (little-endian, µs, Ethernet) by time into one pcapng file, an interface each. `FILE:VLAN` puts an
 * 802.1Q tag into every frame, as the mirror port of a switch would.
 *
 *   node merge.js OUT.pcapng FILE[:VLAN]...
 */
import { readFileSync, writeFileSync } from 'node:fs'

const ADDRESSES = 12

/** @typedef {{ id: number, time: bigint, bytes: Buffer }} Packet */

/**
 * Packets of one file; `id` is its interface.
 * @param {string} file
 * @param {number | null} vlan
 * @param {number} id
 * @returns {Packet[]}
 */
function packets(file, vlan, id) {
  const capture = readFileSync(file)
  const tag = vlan === null ? Buffer.alloc(0) : Buffer.from([0x81, 0x00, vlan >> 8, vlan & 0xff])
  const found = []
  for (let at = 24; at < capture.length; ) {
    const length = capture.readUInt32LE(at + 8)
    const time = BigInt(capture.readUInt32LE(at)) * 1_000_000n + BigInt(capture.readUInt32LE(at + 4))
    const frame = capture.subarray(at + 16, at + 16 + length)
    found.push({ id, time, bytes: Buffer.concat([frame.subarray(0, ADDRESSES), tag, frame.subarray(ADDRESSES)]) })
    at += 16 + length
  }
  return found
}

/**
 * @param {number} type
 * @param {Buffer[]} parts
 */
function block(type, ...parts) {
  const body = Buffer.concat(parts)
  const padded = Buffer.concat([body, Buffer.alloc(-body.length & 3)])
  const length = u32(12 + padded.length)
  return Buffer.concat([u32(type), length, padded, length])
}

/** @param {number | bigint} value */
function u32(value) {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(Number(value))
  return bytes
}

const section = block(0x0a0d0d0a, u32(0x1a2b3c4d), u32(1), u32(0xffffffff), u32(0xffffffff))
const ethernet = block(1, u32(1), u32(262_144))

/** @param {Packet} packet */
function enhanced({ id, time, bytes }) {
  return block(6, u32(id), u32(time >> 32n), u32(time & 0xffffffffn), u32(bytes.length), u32(bytes.length), bytes)
}

const [output, ...inputs] = process.argv.slice(2)
if (output === undefined) throw new Error('usage: node merge.js OUT.pcapng FILE[:VLAN]...')
const all = inputs.flatMap((input, id) => {
  const [file = '', vlan] = input.split(':')
  return packets(file, vlan === undefined ? null : Number(vlan), id)
})
all.sort((a, b) => Number(a.time - b.time))
writeFileSync(output, Buffer.concat([section, ...inputs.map(() => ethernet), ...all.map(enhanced)]))
