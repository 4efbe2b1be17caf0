/**
 * What an executable tells about itself: names of its sections, and of its symbols (ELF64, little-endian; System V ABI, Object
 * Files). Read in pieces: executables have hundreds of megabytes.
 *
 *   header    40 u64 offset of section headers   58 u16 size of one   60 u16 how many   62 u16 the one that holds the names
 *   section    0 u32 name   4 u32 type   24 u64 offset   32 u64 size
 */
import { closeSync, openSync, readSync } from 'node:fs'

export interface Section {
  readonly name: string
  readonly offset: number
  readonly size: number
}

const HEADER = 64
const SECTION = 64
const MOST_SECTIONS = 1024
const MOST_NAMES = 64 * 1024
/** Longest table of symbol names that is looked through: that of a browser is shorter. */
const MOST_SYMBOLS = 128 * 1024 ** 2
const PIECE = 1024 ** 2

/** An open executable. */
export class Elf implements Disposable {
  readonly #file: number
  readonly sections: readonly Section[]

  /** Null when it cannot be read, or is no such file. */
  static open(path: string): Elf | null {
    let file: number
    try {
      file = openSync(path, 'r')
    } catch {
      return null
    }
    try {
      const sections = sectionsOf(file)
      if (sections !== null) return new Elf(file, sections)
    } catch {
      // It cannot be read to its end: no executable.
    }
    closeSync(file)
    return null
  }

  private constructor(file: number, sections: readonly Section[]) {
    this.#file = file
    this.sections = sections
  }

  has(section: string): boolean {
    return this.sections.some(({ name }) => name === section)
  }

  /** Does it have a symbol of this name, its own or one that it takes from a library? */
  names(symbol: string): boolean {
    return this.#holds(['.dynstr', '.strtab'], Buffer.from(`\0${symbol}\0`))
  }

  /** Does this text stand among its constants? */
  says(text: string): boolean {
    return this.#holds(['.rodata', '.data.rel.ro', '.rdata'], Buffer.from(text))
  }

  [Symbol.dispose](): void {
    closeSync(this.#file)
  }

  #holds(names: readonly string[], wanted: Buffer): boolean {
    return this.sections.some(section => names.includes(section.name) && this.#searched(section, wanted))
  }

  #searched({ offset, size }: Section, wanted: Buffer): boolean {
    const piece = Buffer.alloc(PIECE + wanted.length)
    for (let at = 0; at < Math.min(size, MOST_SYMBOLS); at += PIECE) {
      const got = readSync(this.#file, piece, 0, Math.min(piece.length, size - at), offset + at)
      if (piece.subarray(0, got).includes(wanted)) return true
      if (got === 0) break
    }
    return false
  }
}

function sectionsOf(file: number): readonly Section[] | null {
  const header = read(file, 0, HEADER)
  // 64 bits, little-endian.
  if (header.readUInt32BE(0) !== 0x7f45_4c46 || header[4] !== 2 || header[5] !== 1) return null
  const size = header.readUInt16LE(58)
  const count = Math.min(header.readUInt16LE(60), MOST_SECTIONS)
  if (size !== SECTION || count === 0) return []
  const table = read(file, Number(header.readBigUInt64LE(40)), count * SECTION)
  const found = Array.from({ length: count }, (_, i) => ({
    name: table.readUInt32LE(i * SECTION),
    offset: Number(table.readBigUInt64LE(i * SECTION + 24)),
    size: Number(table.readBigUInt64LE(i * SECTION + 32)),
  }))
  const own = found[header.readUInt16LE(62)]
  if (own === undefined || own.size > MOST_NAMES) return []
  const names = read(file, own.offset, own.size)
  return found.map(({ name, ...rest }) => ({ name: textAt(names, name), ...rest }))
}

function textAt(names: Buffer, at: number): string {
  const end = names.indexOf(0, at)
  return end < 0 ? '' : names.toString('latin1', at, end)
}

/** Throws when there is less. */
function read(file: number, offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  if (readSync(file, bytes, 0, length, offset) < length) throw new RangeError('cut off')
  return bytes
}
