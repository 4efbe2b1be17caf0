/** Keeps what a trace tells of one frame: its layers, one line each. */
import type { FrameTold, Layer, Trace } from '#schemas/wire/trace.ts'
import { printable } from '../printable.ts'

export interface Dissected {
  readonly frame: FrameTold
  readonly layers: readonly string[]
  /** Why it is no segment, e.g. `unsupported.udp`; null when it is one. */
  readonly why: string | null
}

export class Layers implements Trace {
  readonly #wanted: (packet: number) => boolean
  readonly #kept = new Map<number, Dissected>()
  #frame: FrameTold | null = null
  #lines: string[] = []
  /** Where the frame begins in the bytes of its layers; null before the first one. */
  #base: number | null = null

  /** `wanted`: of which frames the layers are kept until they are taken. */
  constructor(wanted: (packet: number) => boolean) {
    this.#wanted = wanted
  }

  frame(frame: FrameTold): void {
    this.#frame = this.#wanted(frame.packet) ? frame : null
    this.#lines = []
    this.#base = null
  }

  layer({ name, from, to, refused, values }: Layer): void {
    if (this.#frame === null) return
    const told = values.map(([key, value]) => `${key} ${value}`).join(', ')
    this.#base ??= from
    const at = from - this.#base
    const what = refused ? `refused at ${at}` : `${to - from} bytes at ${at}`
    this.#lines.push(`${name.padEnd(10)} ${what.padEnd(20)} ${printable(told)}`.trimEnd())
  }

  reassembled(packets: readonly number[], length: number): void {
    if (this.#frame === null) return
    this.#base = null
    this.#lines.push(`whole now: ${length} bytes from fragments in packets ${packets.join(', ')}`)
  }

  ended(why: string | null): void {
    const frame = this.#frame
    if (frame !== null) this.#kept.set(frame.packet, { frame, layers: this.#lines, why })
  }

  /** What was kept of a frame, once; undefined when nothing was. */
  take(packet: number): Dissected | undefined {
    const found = this.#kept.get(packet)
    this.#kept.delete(packet)
    return found
  }

  /** Frames that became no segment, in order: taken out. */
  takeRest(): readonly Dissected[] {
    const rest = [...this.#kept.values()].filter(({ why }) => why !== null)
    for (const { frame } of rest) this.#kept.delete(frame.packet)
    return rest
  }
}
