/**
 * SETTINGS (RFC 9113 §6.5) of one end: what it lets the other end do. A setting is in force once it is acknowledged, and
 * may be made use of from when it is sent; directions are not captured in step, so both values count as allowed.
 */
import { DEFAULT_FRAME } from './frame.ts'
import { DEFAULT_SIZE } from './hpack/dynamic-table.ts'

const Id = { HeaderTableSize: 1, EnablePush: 2, InitialWindowSize: 4, MaxFrameSize: 5, EnableConnect: 8 } as const

/** Most unacknowledged frames that are remembered. */
const PENDING = 16

/** Initial windows below this make a server send its responses in crumbs. */
const TINY_WINDOW = 64

const LARGEST_WINDOW = 2 ** 31 - 1
const LARGEST_FRAME = 2 ** 24 - 1

/** Plain data. */
export interface SettingsSnapshot {
  readonly pending: readonly number[]
  readonly tableSize: number
  readonly frame: number
  readonly known: boolean
}

export class Settings {
  /** HEADER_TABLE_SIZE after each SETTINGS frame that is not acknowledged yet. */
  #pending: number[] = []
  #tableSize = DEFAULT_SIZE
  /** Largest MAX_FRAME_SIZE ever sent. */
  frame = DEFAULT_FRAME
  /** No SETTINGS were missed. */
  known = true

  /** Largest dynamic table that the other end may use, octets. */
  get tableSize(): number {
    if (!this.known) return Number.POSITIVE_INFINITY
    return Math.max(this.#tableSize, ...this.#pending)
  }

  /** Reads a payload; returns anomalies. */
  read(bytes: Uint8Array, from: number, to: number): readonly string[] {
    const odd: string[] = []
    let tableSize = this.#pending.at(-1) ?? this.#tableSize
    for (let at = from; at + 6 <= to; at += 6) {
      const id = (bytes[at]! << 8) | bytes[at + 1]!
      const value = bytes[at + 2]! * 2 ** 24 + ((bytes[at + 3]! << 16) | (bytes[at + 4]! << 8) | bytes[at + 5]!)
      if (id === Id.HeaderTableSize) tableSize = value
      if (id === Id.MaxFrameSize && value <= LARGEST_FRAME) this.frame = Math.max(this.frame, value)
      if (isBad(id, value)) odd.push('http2.bad-setting')
      if (id === Id.InitialWindowSize && value < TINY_WINDOW) odd.push('http2.tiny-window')
    }
    this.#pending.push(tableSize)
    if (this.#pending.length > PENDING) this.#tableSize = Math.max(this.#tableSize, this.#pending.shift()!)
    return odd
  }

  /** The other end acknowledged the oldest frame. */
  acknowledged(): void {
    this.#tableSize = this.#pending.shift() ?? this.#tableSize
  }

  /** What was read is in force at once: settings of an upgrade are acknowledged by it. */
  force(): void {
    while (this.#pending.length > 0) this.acknowledged()
  }

  /** Frames may be missing. */
  lose(): void {
    this.known = false
    this.#pending = []
  }

  snapshot(): SettingsSnapshot {
    return { pending: this.#pending, tableSize: this.#tableSize, frame: this.frame, known: this.known }
  }

  restore(from: SettingsSnapshot): void {
    this.#pending = [...from.pending]
    this.#tableSize = from.tableSize
    this.frame = from.frame
    this.known = from.known
  }
}

function isBad(id: number, value: number): boolean {
  if (id === Id.EnablePush || id === Id.EnableConnect) return value > 1
  if (id === Id.InitialWindowSize) return value > LARGEST_WINDOW
  return id === Id.MaxFrameSize && (value < DEFAULT_FRAME || value > LARGEST_FRAME)
}
