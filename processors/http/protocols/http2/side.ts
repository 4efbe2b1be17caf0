/** What one end of the connection says: its frames, its header blocks, its settings. */
import type { Direction, Place, ProtocolLimits, ProtocolOut } from '#schemas/contracts/protocol.ts'
import { Blocks, type BlocksSnapshot } from './block.ts'
import type { Control } from './control.ts'
import { Type } from './frame.ts'
import type { Messages } from './messages.ts'
import { Reader } from './reader.ts'
import { Settings, type SettingsSnapshot } from './settings.ts'
import type { Frame, FrameSink, ReaderSnapshot } from './states.ts'

/** Plain data. */
export interface SideSnapshot {
  readonly reader: ReaderSnapshot
  readonly blocks: BlocksSnapshot
  readonly settings: SettingsSnapshot
  readonly holed: boolean
  readonly stream: number
}

export class Side implements FrameSink {
  readonly dir: Direction
  readonly reader: Reader
  readonly blocks: Blocks
  readonly settings = new Settings()
  /** The stream of the newest frame that was on one. */
  stream = 0
  /** Frames were lost since the first one was seen. */
  #holed = false
  readonly #messages: Messages
  readonly #control: Control
  readonly #out: ProtocolOut

  constructor(dir: Direction, messages: Messages, control: Control, out: ProtocolOut, limits: ProtocolLimits) {
    this.dir = dir
    this.#messages = messages
    this.#control = control
    this.#out = out
    this.reader = new Reader(dir, this, out, limits.headBytes)
    this.blocks = new Blocks(limits, section => messages.section(dir, section))
  }

  /** Memory it takes, about. */
  get size(): number {
    return this.reader.size + this.blocks.size
  }

  preface(): void {
    this.#control.preface()
  }

  /** The connection begins with what this side says next: nothing was missed. */
  beginning(): void {
    if (this.#holed || this.blocks.read) return
    this.blocks.decoder.table.begin()
    this.settings.known = true
  }

  began(frame: Frame): void {
    if (frame.stream !== 0) this.stream = frame.stream
    this.blocks.interrupt(frame)
    this.#control.began(this, frame)
  }

  data(frame: Frame, bytes: Uint8Array, from: number, to: number): void {
    this.#messages.data(this.dir, frame, bytes, from, to)
  }

  hole(frame: Frame, missing: number): void {
    this.#messages.hole(this.dir, frame, missing)
  }

  complete(frame: Frame, bytes: Uint8Array, from: number, to: number): void {
    switch (frame.type) {
      case Type.Data:
        this.#messages.dataEnd(this.dir, frame)
        return
      case Type.Headers:
      case Type.PushPromise:
        this.blocks.begin(frame, bytes, from, to)
        return
      case Type.Continuation:
        if (!this.blocks.continue(frame, bytes, from, to)) this.anomaly('http2.stray-continuation', frame.first)
        return
      default:
        this.#control.complete(this, frame, bytes, from, to)
    }
  }

  skipped(frame: Frame, why: 'gap' | 'cap'): void {
    const { type } = frame
    if (type === Type.Headers || type === Type.PushPromise || type === Type.Continuation)
      this.blocks.skipped(frame, why)
    else if (type === Type.Settings) {
      this.settings.lose()
      this.#control.agree()
    }
  }

  lost(): void {
    this.#holed ||= this.stream > 0 || this.blocks.read
    this.blocks.abandon('http2.gap-in-head')
    this.blocks.decoder.table.lose()
    this.settings.lose()
    this.#control.lost(this.dir)
  }

  found(): void {
    this.#control.lost(this.dir)
  }

  anomaly(kind: string, place: Place): void {
    this.#out.anomaly(kind, place)
  }

  snapshot(): SideSnapshot {
    return {
      reader: this.reader.snapshot(),
      blocks: this.blocks.snapshot(),
      settings: this.settings.snapshot(),
      holed: this.#holed,
      stream: this.stream,
    }
  }

  restore(from: SideSnapshot): void {
    this.reader.restore(from.reader)
    this.blocks.restore(from.blocks)
    this.settings.restore(from.settings)
    this.#holed = from.holed
    this.stream = from.stream
  }
}
