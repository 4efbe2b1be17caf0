/**
 * Fuzz target: fragments as a script, six bytes each, of a few packets at once, with small limits. Whatever comes, every byte is
 * counted once, memory stays within its limits, and a restart in the middle, which hands over again what was held, loses nothing.
 *
 *   0  what: 0 restart, 1 a tick, else a fragment of IPv4 (even) or IPv6 (odd)      1  identification (2 bits), tunnel (1 bit)
 *   2  offset in 8 bytes      3  length      4  more (1 bit), captured bytes cut off (7 bits)      5  a byte of content
 */
import assert from 'node:assert/strict'
import { WIRE_DEFAULTS } from '#schemas/config/wire.ts'
import { Ledger } from '#schemas/records/ledger.ts'
import { Segment } from '#schemas/records/segment.ts'
import { Segmenter } from '#schemas/wire/segmenter.ts'
import { ethernet, ipv4, join, udp, vxlan } from '#test/driver/frames.ts'

const LIMITS = { maxBytes: 20_000, maxDatagrams: 6, maxPerDatagram: 20, timeoutMs: 3000 }
const STEP = 6
const SECOND = 1_000_000
const cursor = new Segment()

interface Frame {
  readonly bytes: Uint8Array
  readonly wireLength: number
  readonly time: number
}

export default function fragmentsTarget(data: Uint8Array): void {
  const frames: Frame[] = []
  const ledger = new Ledger()
  let offered = 0
  let time = 0
  let segmenter = open(0)
  const take = (): void => {
    for (const { batch } of segmenter.take()) {
      ledger.merge(batch.ledger)
      for (cursor.reset(batch); cursor.next(); ) ledger.add('inspected', cursor.length)
    }
    assert.equal(ledger.pending, 0)
    const held = segmenter.held().reduce((bytes, number) => bytes + frames[number - 1]!.bytes.length, 0)
    assert.equal(ledger.get('captured') + held, offered)
    assert.ok(segmenter.held().length <= LIMITS.maxDatagrams * (LIMITS.maxPerDatagram + 1))
  }
  for (let at = 0; at + STEP <= data.length && frames.length < 300; at += STEP) {
    const what = data[at]! % 16
    if (what === 0) {
      const held = segmenter.held()
      segmenter = open(time)
      for (const number of held) put(segmenter, frames[number - 1]!, number, true)
    } else if (what === 1) {
      time += SECOND
      segmenter.tick(time)
    } else {
      time += 1000
      const frame = frameOf(data.subarray(at, at + STEP), what % 2 === 0 ? 4 : 6, time)
      frames.push(frame)
      offered += frame.bytes.length
      put(segmenter, frame, frames.length, false)
    }
    take()
  }
  segmenter.end()
  take()
  assert.equal(ledger.get('captured'), offered)
}

function open(time: number): Segmenter {
  const [sensor, capture, source] = ['s', 'c', 'x']
  const wire = { ...WIRE_DEFAULTS, fragments: LIMITS }
  return new Segmenter({
    sensor,
    capture,
    source,
    partitions: 2,
    flowHashKey: new Uint8Array(8),
    batchBytes: 4096,
    time,
    wire,
  })
}

function put(segmenter: Segmenter, { bytes, wireLength, time }: Frame, number: number, again: boolean): void {
  if (again) segmenter.again(1, bytes, 0, bytes.length, wireLength, time, number)
  else segmenter.frame(1, bytes, 0, bytes.length, wireLength, time, number)
}

/** Headers before the data of a fragment; what differs is written over them. */
const FOUR = ethernet(0x0800, ipv4({}, new Uint8Array(0)))
const SIX = ethernet(
  0x86dd,
  join([0x60, 0, 0, 0, 0, 0, 44, 64], new Uint8Array(32).fill(0x20), [6, 0, 0, 0, 0, 0, 0, 0]),
)
const TUNNEL = ethernet(0x0800, ipv4({ protocol: 17 }, udp(1, 4789, vxlan(5, new Uint8Array(0)))))
const ETHERNET_HEADER = 14

function frameOf(step: Uint8Array, family: 4 | 6, time: number): Frame {
  const [, name = 0, offset = 0, length = 0, flags = 0, content = 0] = step
  const outer = (name & 4) === 0 ? 0 : TUNNEL.length
  const header = family === 4 ? FOUR : SIX
  const bytes = new Uint8Array(outer + header.length + length).fill(content)
  const view = new DataView(bytes.buffer)
  if (outer > 0) {
    bytes.set(TUNNEL)
    view.setUint16(16, bytes.length - ETHERNET_HEADER)
    view.setUint16(38, bytes.length - 34)
  }
  bytes.set(header, outer)
  const ip = outer + ETHERNET_HEADER
  if (family === 4) {
    view.setUint16(ip + 2, bytes.length - ip)
    view.setUint16(ip + 4, name & 3)
    view.setUint16(ip + 6, ((flags & 1) << 13) | offset)
  } else {
    view.setUint16(ip + 4, 8 + length)
    view.setUint16(ip + 42, (offset << 3) | (flags & 1))
    view.setUint32(ip + 44, name & 3)
  }
  return { bytes: bytes.subarray(0, bytes.length - Math.min(length, flags >> 1)), wireLength: bytes.length, time }
}

/** Two halves of a packet, in order and not, with a tick or a restart between, in a tunnel, overlapping, cut. */
export function seeds(): readonly Uint8Array[] {
  const first = (what: number, name: number) => [what, name, 0, 24, 1, 0x50]
  const last = (what: number, name: number) => [what, name, 3, 20, 0, 0x50]
  const tick = [1, 0, 0, 0, 0, 0]
  const restart = [0, 0, 0, 0, 0, 0]
  return [
    [...first(2, 1), ...last(2, 1)],
    [...last(3, 1), ...restart, ...first(3, 1)],
    [...first(2, 5), ...restart, ...first(2, 2), ...tick, ...last(2, 5)],
    [...first(2, 1), ...tick, ...tick, ...tick, ...tick, ...last(2, 1)],
    [...first(3, 1), ...[3, 1, 2, 24, 1, 0x51], ...last(3, 1)],
    [...first(2, 1), ...[2, 1, 2, 24, 1, 0x51], ...last(2, 1)],
    [...[2, 1, 0, 24, 9, 0x50], ...last(2, 1)],
  ].map(bytes => Uint8Array.from(bytes))
}
