/**
 * Fuzz target: a BPF program, compiled or random, and a packet. The verifier takes or refuses any program; whatever it takes
 * ends, and returns what the plain machine returns.
 *
 *   first byte < 128: number of a compiled program, then the packet
 *   else: count of instructions, 8 bytes each (code, jt, jf, unused, k little-endian), then the packet
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Filter } from '#producers/mirror/bpf/filter.ts'
import { runPlainly } from '#producers/mirror/bpf/plain.test-support.ts'
import { type Instruction, type Program, parseProgram, verify } from '#producers/mirror/bpf/program.ts'
import { tcpFrame, text } from '#test/driver/frames.ts'

const TESTDATA = new URL('../../producers/mirror/bpf/testdata/programs.json', import.meta.url)
const COMPILED = (JSON.parse(readFileSync(TESTDATA, 'utf8')) as readonly { readonly program: string }[]).map(
  ({ program }) => parseProgram(program) as Program,
)
const RANDOM = 128
const INSTRUCTION = 8
const WIRE_LENGTH = 1500
// biome-ignore format: a table
const CODES = [
  0x00, 0x20, 0x28, 0x30, 0x40, 0x48, 0x50, 0x60, 0x80, 0x01, 0x61, 0x81, 0xb1, 0x02, 0x03, 0x04, 0x0c, 0x14, 0x1c, 0x24, 0x2c, 0x34, 0x3c, 0x44,
  0x4c, 0x54, 0x5c, 0x64, 0x6c, 0x74, 0x7c, 0x84, 0x94, 0x9c, 0xa4, 0xac, 0x05, 0x15, 0x1d, 0x25, 0x2d, 0x35, 0x3d, 0x45, 0x4d, 0x06, 0x16, 0x07, 0x87,
]

export default function bpf(data: Uint8Array): void {
  const kind = data[0] ?? 0
  if (kind < RANDOM) {
    check(COMPILED[kind % COMPILED.length]!, data.subarray(1))
    return
  }
  const count = 1 + (kind - RANDOM)
  const end = Math.min(data.length, 1 + count * INSTRUCTION)
  const program = verify(instructionsOf(data.subarray(1, end)))
  if ('problem' in program) assert.match(program.problem, /^(instruction \d+: .+|it has \d+ instructions)$/)
  else check(program, data.subarray(end))
}

/** The last instruction always returns, the most common codes are known ones: else hardly any program would be taken. */
function instructionsOf(bytes: Uint8Array): readonly Instruction[] {
  const instructions: Instruction[] = []
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let at = 0; at + INSTRUCTION <= bytes.length; at += INSTRUCTION) {
    const known = CODES[bytes[at]! % CODES.length]!
    const code = bytes[at + 3]! === 0xff ? bytes[at]! : known
    instructions.push({ code, jt: bytes[at + 1]!, jf: bytes[at + 2]!, k: view.getUint32(at + 4, true) })
  }
  return [...instructions, { code: 0x16, jt: 0, jf: 0, k: 0 }]
}

function check(program: Program, packet: Uint8Array): void {
  const filter = new Filter(program)
  const returned = filter.run(packet, 0, packet.length, WIRE_LENGTH)
  assert.equal(returned, runPlainly(program, packet, WIRE_LENGTH))
  assert.equal(
    filter.run(packet, 0, packet.length, WIRE_LENGTH),
    returned,
    'nothing is left over from the packet before',
  )
}

export function seeds(): readonly Uint8Array[] {
  const frame = tcpFrame({}, text('GET / HTTP/1.1\r\n\r\n'))
  const random = COMPILED.map(({ code, onTrue, onFalse, k }) => {
    const instructions = Array.from(code, (operation, at) => {
      const bytes = new Uint8Array(INSTRUCTION)
      bytes.set([CODES.indexOf(operation), onTrue[at]! - at - 1, onFalse[at]! - at - 1])
      new DataView(bytes.buffer).setUint32(4, k[at]!, true)
      return bytes
    })
    return Buffer.concat([Uint8Array.of(RANDOM + code.length - 1), ...instructions, frame])
  })
  return [...COMPILED.map((_, i) => Buffer.concat([Uint8Array.of(i), frame])), ...random]
}
