/**
 * Programs of classic BPF (S. McCanne, V. Jacobson, "The BSD Packet Filter", USENIX 1993, §3), as `tcpdump -ddd` writes them.
 *
 *   program      = count LF count*(instruction LF)      1 to 4096 instructions
 *   instruction  = code SP jt SP jf SP k                decimal: u16, u8, u8, u32
 *   code         = class (3 bits), then of a load: size (2), mode (3); of the others: source (1: 0 is k, 1 is X), operation (4)
 *
 * A machine with the words A and X, sixteen words of memory, and forward jumps only: hence every program ends.
 */

/** BPF_MAXINSNS of Linux and libpcap. */
export const MAX_INSTRUCTIONS = 4096
export const MEMORY_WORDS = 16

export interface Instruction {
  readonly code: number
  readonly jt: number
  readonly jf: number
  readonly k: number
}

/**
 * A verified program, in columns. Invariant: codes are known, jumps lead forward to an instruction, the last instruction
 * returns, memory indexes are below `MEMORY_WORDS`, and no constant divisor is 0.
 */
export interface Program {
  readonly code: Uint8Array
  /** Where to go on when a comparison holds (or always: `ja`), and when it does not: indexes. */
  readonly onTrue: Uint16Array
  readonly onFalse: Uint16Array
  readonly k: Uint32Array
}

export interface Problem {
  readonly problem: string
}

const LOADS = [0x00, 0x20, 0x28, 0x30, 0x40, 0x48, 0x50, 0x80, 0x01, 0x81, 0xb1]
/** Loads from and stores to memory. */
export const MEMORY_CODES: ReadonlySet<number> = new Set([0x60, 0x61, 0x02, 0x03])
const ABSOLUTE = [0x20, 0x28, 0x30]
/** Linux: offsets from here on are no places in the packet, but its interface, direction, … (SKF_AD_OFF). */
const KERNEL_ONLY = 0xfffff000
const ARITHMETIC = [0x04, 0x0c, 0x14, 0x1c, 0x24, 0x2c, 0x3c, 0x44, 0x4c, 0x54, 0x5c, 0x64, 0x6c, 0x74, 0x7c, 0x84]
const EXTENDED = [0x9c, 0xa4, 0xac]
const DIVISIONS = [0x34, 0x94]
const COMPARISONS = [0x15, 0x1d, 0x25, 0x2d, 0x35, 0x3d, 0x45, 0x4d]
const MOVES = [0x07, 0x87]
const RETURNS: readonly number[] = [0x06, 0x16]
const JUMP = 0x05

const KNOWN = new Set([
  ...[LOADS, [...MEMORY_CODES], ARITHMETIC, EXTENDED, DIVISIONS, COMPARISONS, MOVES, RETURNS].flat(),
  JUMP,
])

/** Reads and verifies what `tcpdump -ddd` printed. */
export function parseProgram(text: string): Program | Problem {
  const lines = text.trimEnd().split('\n')
  const count = Number(lines[0])
  if (!/^\d{1,5}$/.test(lines[0]!) || count !== lines.length - 1) return { problem: 'it is no program' }
  if (count > MAX_INSTRUCTIONS)
    return { problem: `it has ${count} instructions, at most ${MAX_INSTRUCTIONS} are allowed` }
  const instructions: Instruction[] = []
  for (const line of lines.slice(1)) {
    if (!/^\d{1,5} \d{1,3} \d{1,3} \d{1,10}$/.test(line)) return { problem: 'it is no program' }
    const [code, jt, jf, k] = line.split(' ').map(Number) as [number, number, number, number]
    instructions.push({ code, jt, jf, k })
  }
  return verify(instructions)
}

/** The program, when it keeps the invariant. */
export function verify(instructions: readonly Instruction[]): Program | Problem {
  const { length } = instructions
  if (length === 0 || length > MAX_INSTRUCTIONS) return { problem: `it has ${length} instructions` }
  const program = {
    code: new Uint8Array(length),
    onTrue: new Uint16Array(length),
    onFalse: new Uint16Array(length),
    k: new Uint32Array(length),
  }
  for (const [at, instruction] of instructions.entries()) {
    const { code, k } = instruction
    const why = wrong(instruction, at, length)
    if (why !== null) return { problem: `instruction ${at}: ${why}` }
    program.code[at] = code
    program.k[at] = k
    const jump = code === JUMP
    program.onTrue[at] = at + 1 + (jump ? k : instruction.jt)
    program.onFalse[at] = at + 1 + instruction.jf
  }
  return program
}

function wrong({ code, jt, jf, k }: Instruction, at: number, length: number): string | null {
  const ahead = length - at - 1
  if (!KNOWN.has(code)) return `unknown code 0x${code.toString(16)}`
  if (!(k >= 0 && k <= 0xffffffff)) return 'constant out of range'
  if (MEMORY_CODES.has(code) && k >= MEMORY_WORDS) return 'memory out of range'
  if (ABSOLUTE.includes(code) && k >= KERNEL_ONLY) return 'reads what only the capturing kernel knows'
  if (DIVISIONS.includes(code) && k === 0) return 'division by zero'
  // A jump back has the highest bit set: what makes one (`protochain`) is a loop, which may not end.
  if (code === JUMP && k >= ahead) return 'jumps back, or beyond the end'
  if (COMPARISONS.includes(code) && Math.max(jt, jf) >= ahead) return 'jumps beyond the end'
  if (ahead === 0 && !RETURNS.includes(code)) return 'ends without a return'
  return null
}
