/** Where a capture was left, stored with what was read from it, and how to tell that the file is still the same. */
import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { z } from 'zod'
import { Refused } from '#schemas/contracts/errors.ts'

const whole = z.number().int().nonnegative()

const Interface = z.strictObject({ linktype: whole, snaplen: whole, resolution: whole, offset: z.number() })

const State = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('pcap'), little: z.boolean(), nanoseconds: z.boolean(), linktype: whole }),
  z.strictObject({ kind: z.literal('pcapng'), little: z.boolean(), interfaces: z.array(Interface).readonly() }),
])

const Fingerprint = z.strictObject({ size: whole, head: z.string(), tail: z.string() })
export type Fingerprint = z.infer<typeof Fingerprint>

const Position = z.strictObject({
  /** Null: a stream, which cannot be gone on with. */
  file: Fingerprint.nullable(),
  /** Number of the last packet that was handed out. */
  packet: whole,
  /** Of those up to it, the ones whose IP fragments wait for others: their bytes are counted nowhere yet, so they are read again. */
  held: z.array(whole).readonly().default([]),
  /** Where the next record starts: in the file, or in what it decompresses to. */
  offset: whole,
  gzip: z.boolean(),
  /** Highest capture time, µs. */
  time: whole,
  /** Null when the format was not yet known. */
  format: State.nullable(),
  finished: z.boolean(),
  /** The refusal that ended it. */
  failure: z.strictObject({ reason: z.string(), message: z.string() }).nullable(),
})
export type Position = z.infer<typeof Position>

export function parsePosition(plain: unknown, name: string): Position {
  const parsed = Position.safeParse(plain)
  if (parsed.success) return parsed.data
  throw new Refused('bad-position', `${name}: the stored position is not one of this version; start over with --fresh`)
}

/** True when the file is gone on with at `offset`. Else it is read from its start and what was handed out is skipped. */
export function isSought(position: Position): boolean {
  return !position.gzip && position.format !== null && position.held.length === 0
}

const SAMPLE = 64 * 1024

/** Size and hashes of both ends of the file's first `size` bytes: a file that has only grown since keeps them. */
export async function fingerprint(file: FileHandle, size: number): Promise<Fingerprint> {
  const sample = Math.min(SAMPLE, size)
  return { size, head: await hashAt(file, 0, sample), tail: await hashAt(file, size - sample, sample) }
}

/** True when `file` still starts with the bytes that it had when `was` was taken. */
export async function continues(file: FileHandle, size: number, was: Fingerprint): Promise<boolean> {
  if (size < was.size) return false
  const is = await fingerprint(file, was.size)
  return is.head === was.head && is.tail === was.tail
}

async function hashAt(file: FileHandle, at: number, length: number): Promise<string> {
  const bytes = new Uint8Array(length)
  const { bytesRead } = await file.read(bytes, 0, length, at)
  return createHash('sha256').update(bytes.subarray(0, bytesRead)).digest('hex').slice(0, 32)
}
