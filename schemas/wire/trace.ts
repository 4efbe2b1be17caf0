/** Who wants to know how frames are understood: told layer by layer while a walk goes on. */
import type { LayerName } from '#schemas/wire/layer.ts'

/** Names and what they are in this header, in the order in which they are worth reading. */
export type Values = readonly (readonly [name: string, value: string | number])[]

export interface Layer {
  readonly name: LayerName
  /** What the header stands in: the frame, or a packet that fragments made whole. Valid during the call. */
  readonly bytes: Uint8Array
  /** The header is `bytes[from, to)`. Nothing more was understood when the walk ended in it. */
  readonly from: number
  readonly to: number
  /** The walk ended here, because of this header: its bytes mean nothing. */
  readonly refused: boolean
  /** Empty when it was refused, or when there is nothing to tell. */
  readonly values: Values
}

export interface FrameTold {
  /** Its number in the source, its capture time (µs), and how many bytes were captured. */
  readonly packet: number
  readonly time: number
  readonly captured: number
}

/** For every frame: `frame`, then what is found in it, then `ended`. */
export interface Trace {
  frame(frame: FrameTold): void
  layer(layer: Layer): void
  /** The fragment in the layer before made a packet whole: its layers follow. Numbers of the frames that they came in. */
  reassembled(packets: readonly number[], length: number): void
  /** Why it became no segment, e.g. `unsupported.udp`; `held.fragment` when it waits for others. Null: it became one. */
  ended(why: string | null): void
}
