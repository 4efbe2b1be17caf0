/**
 * Who may still write when space runs short.
 *
 *   used < maxBytes                          producers and tasks
 *   maxBytes <= used < maxBytes + reserve    tasks only: they must finish for retention to free what they read
 *   beyond                                   nobody but retention
 *
 * The disk itself counts too: when less than `reserveBytes` would be left free, producers are refused, unless the file
 * has room inside. When even that is gone, each leaves room at the end of the file (room.ts) for those after it:
 *
 *   producers                                leave 8 MiB; 4 MiB when the file has room inside, as after retention
 *   tasks                                    leave 2 MiB
 *   retention                                1 MiB is enough to delete
 *
 * and tasks and retention get a ballast file back first.
 */
import type { EmbeddedLimits } from '#infra/bus/embedded/limits.ts'
import { Retryable } from '#schemas/contracts/errors.ts'

export type Writer = 'append' | 'commit'

/** Which limit refused: part of the counter names in `stats()`. */
export type Shortage = 'max-bytes' | 'disk-reserve' | 'disk-full'

export interface Space {
  /** Bytes that records take in the store. */
  readonly used: number
  /** Bytes of the store's file. */
  fileBytes(): number
  /** Free bytes of the disk. */
  freeDisk(): number
}

const MIB = 1 << 20
/** Pages that a write needs besides its records: roots, branches, the list of free pages. */
const OVERHEAD_BYTES = MIB

export class LogFull extends Retryable {
  readonly shortage: Shortage
  constructor(shortage: Shortage, message: string, cause?: unknown) {
    super('log-full', message, { cause })
    this.shortage = shortage
  }
}

/** Throws `LogFull` when `writer` may not add `bytes` (about what they take in the store). */
export function admit(writer: Writer, bytes: number, space: Space, limits: Required<EmbeddedLimits>): void {
  const limit = limits.maxBytes + (writer === 'commit' ? limits.commitReserveBytes : 0)
  if (space.used + bytes > limit) {
    throw new LogFull(
      'max-bytes',
      `the log is full: ${mib(space.used)} used of ${mib(limit)}; it takes records again when retention has made room, or with a higher maxBytes`,
    )
  }
  if (writer === 'commit' || limits.reserveBytes === 0) return
  const free = space.freeDisk()
  if (free - bytes >= limits.reserveBytes) return
  if (hasRoomInside(bytes, space)) return
  throw new LogFull(
    'disk-reserve',
    `the disk is nearly full: ${mib(free)} free, ${mib(limits.reserveBytes)} are to be left; free some space or lower reserveBytes`,
  )
}

/** Room at the end of the file that a write of `bytes` must find: for itself, and for those that come after it. */
export function roomFor(writer: Writer, bytes: number, space: Space): number {
  if (writer === 'commit') return bytes + 2 * MIB
  return bytes + (hasRoomInside(bytes, space) ? 4 * MIB : MOST_LEFT)
}

/** The most that `roomFor` adds. */
export const MOST_LEFT = 8 * MIB

/** Room that deleting or moving a position takes. */
export const SMALLEST_ROOM = OVERHEAD_BYTES

const ENOSPC = 28
const EDQUOT = 122
const EIO = 5
const MAP_FULL = -30792

/**
 * What a failed write means. LMDB reports a write that the disk cut short as an input/output error: it is one of space
 * when next to none is left. (Copying file systems may refuse LMDB in spite of all that room.ts does.)
 */
export function fullDisk(error: unknown, freeDisk: () => number): LogFull | null {
  if (error instanceof LogFull && error.shortage === 'disk-full') return error
  const code = error instanceof Error && 'code' in error ? error.code : null
  const full = code === ENOSPC || code === EDQUOT || code === MAP_FULL || (code === EIO && freeDisk() < OVERHEAD_BYTES)
  if (!full) return null
  return new LogFull('disk-full', 'the disk is full: nothing of this write was stored; free some space', error)
}

function hasRoomInside(bytes: number, { fileBytes, used }: Space): boolean {
  return fileBytes() - used >= 2 * bytes + OVERHEAD_BYTES
}

function mib(bytes: number): string {
  return `${Math.ceil(bytes / 1024 ** 2)} MiB`
}
