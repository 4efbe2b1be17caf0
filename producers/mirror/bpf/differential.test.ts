/** What tcpdump selects from a file is what the interpreter selects, for every expression of the table and random frames. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type Frame, pcap } from '#test/driver/captures.ts'
import { ethernet, ipv4, ipv6, join, tcp, text, u16, udp, vlan } from '#test/driver/frames.ts'
import { mulberry32 } from '#test/driver/random.ts'
import { needs } from '#test/needs.ts'
import { compileFilter } from './compile.ts'
import { Filter } from './filter.ts'

const EXPRESSIONS = JSON.parse(readFileSync(new URL('expressions.json', import.meta.url), 'utf8')) as readonly string[]
const FRAMES = 1500
const SEED = 20261121
const PCAP_HEADER = 24
const RECORD_HEADER = 16

const random = mulberry32(SEED)
const below = (end: number): number => Math.floor(random() * end)
const pick = <T>(from: readonly T[]): T => from[below(from.length)]!

function packet(): [type: number, bytes: Uint8Array] {
  const payload = pick([
    text('GET / HTTP/1.1\r\n\r\n'),
    text(''),
    Uint8Array.of(1, 2, 3, 4),
    Uint8Array.from({ length: below(60) }, () => below(256)),
  ])
  const port = (): number => pick([80, 53, 443, 40_000, 6081, 1 + below(65_535)])
  const options = pick([new Uint8Array(0), new Uint8Array(12).fill(1)])
  const inner = (): [protocol: number, bytes: Uint8Array] =>
    pick([
      () =>
        [6, tcp({ from: port(), to: port(), flags: pick([2, 18, below(64)]), options }, payload)] as [
          number,
          Uint8Array,
        ],
      () => [17, udp(port(), port(), payload)] as [number, Uint8Array],
      () => [pick([1, 58, 47, 50]), join([pick([0, 8, 11]), 0], payload)] as [number, Uint8Array],
    ])()
  const [protocol, bytes] = inner()
  const address = (): string =>
    pick(['10.0.0.1', '10.0.0.2', '192.168.7.7', '224.0.0.1', '10.1.2.3', `${below(256)}.0.0.1`])
  const ipOptions = pick([new Uint8Array(0), new Uint8Array(0), new Uint8Array(8).fill(1)])
  const fragment = pick([0, 0, 0, 0x4000, 0x2000, 0x00b9])
  return pick<() => [number, Uint8Array]>([
    () => [0x0800, ipv4({ source: address(), target: address(), protocol, fragment, ipOptions }, bytes)],
    () => [0x86dd, ipv6({ source: below(4), target: below(4), next: protocol }, bytes)],
    () => [0x86dd, ipv6({ next: 0 }, join([protocol, 0, 1, 4, 0, 0, 0, 0], bytes))],
    () => [0x0806, join([0, 1, 8, 0, 6, 4, 0, 1], new Uint8Array(20))],
  ])()
}

function frame(): Uint8Array {
  if (random() < 0.1) return Uint8Array.from({ length: below(100) }, () => below(256))
  let [type, bytes] = packet()
  const around = random()
  if (around < 0.2) [type, bytes] = [0x8100, vlan(pick([7, 42]), type, bytes)]
  if (around < 0.1) [type, bytes] = [0x88a8, vlan(pick([7, 42]), type, bytes)]
  if (around > 0.9) [type, bytes] = [0x8847, join([0, 0, pick([0x11, 0x10]), 64], bytes)]
  if (around > 0.95) [type, bytes] = [0x8864, join([0x11, 0], u16(7), u16(bytes.length + 2), u16(0x21), bytes)]
  const whole = ethernet(type, bytes)
  if (random() < 0.1) whole.fill(0xff, 0, 6)
  if (random() < 0.2) whole.fill(below(256), 22, 23)
  if (random() < 0.05) whole.set(u16(below(0x600)), 12)
  return whole
}

/** Some are cut off, as a snap length does. */
function captured(_: unknown, i: number): Frame {
  const bytes = frame()
  const kept = random() < 0.2 ? below(bytes.length + 1) : bytes.length
  return { bytes: bytes.subarray(0, kept), wireLength: bytes.length, time: i }
}

/** Numbers of the frames that tcpdump writes out: their times. */
function selectedByTcpdump(capture: Uint8Array, expression: string): readonly number[] {
  const { stdout, stderr, status } = spawnSync('tcpdump', ['-r', '-', '-w', '-', '--', expression], { input: capture })
  assert.equal(status, 0, stderr.toString())
  const selected: number[] = []
  const { length } = stdout
  for (let at = PCAP_HEADER; at < length; at += RECORD_HEADER + stdout.readUInt32LE(at + 8)) {
    selected.push(stdout.readUInt32LE(at) * 1_000_000 + stdout.readUInt32LE(at + 4))
  }
  return selected
}

test('random frames are selected as tcpdump selects them', async t => {
  if (!needs(t, 'tcpdump')) return
  const frames = Array.from({ length: FRAMES }, captured)
  const capture = pcap(frames)
  const never: string[] = []
  for (const expression of EXPRESSIONS) {
    const filter = new Filter(await compileFilter(expression))
    const selected = frames.filter(({ bytes, wireLength }) => filter.selects(bytes, 0, bytes.length, wireLength!))
    const message = `seed ${SEED}: ${expression}`
    assert.deepEqual(
      selected.map(({ time }) => time),
      selectedByTcpdump(capture, expression),
      message,
    )
    if (selected.length === 0 || selected.length === FRAMES) never.push(expression)
  }
  // An expression that decides nothing proves nothing.
  assert.deepEqual(never, [])
})
