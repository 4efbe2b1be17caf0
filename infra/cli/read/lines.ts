/**
 * The lines of one round: UTF-8, one behind the other, and per line two marks: the number of the frame that was being
 * read when it came out, and its length in bytes. The lines of one partition stand together: a section.
 *
 * They lie in memory that threads can share. It goes to a worker and back and is used again: memory that is given away
 * and allocated anew for each round costs page faults and full garbage collections.
 */

/** One partition's lines of one round. */
export interface LaneOutput {
  readonly partition: number
  /** A Buffer for its `copy`: `set` moves shared memory word by word. */
  readonly text: Buffer
  readonly marks: Float64Array
}

export interface LineMemory {
  readonly text: SharedArrayBuffer
  readonly marks: SharedArrayBuffer
}

/** Plain data. Where one partition's lines end, in bytes and in marks; they begin where those of the section before end. */
export interface Section {
  readonly partition: number
  readonly text: number
  readonly marks: number
}

const TEXT_BYTES = 256 * 1024
const MARKS = 2048

export function newLineMemory(): LineMemory {
  return {
    text: new SharedArrayBuffer(TEXT_BYTES),
    marks: new SharedArrayBuffer(MARKS * Float64Array.BYTES_PER_ELEMENT),
  }
}

/** Writes lines into `memory`, and into larger one when it is full. */
export class Lines {
  #text: Buffer<SharedArrayBuffer>
  #marks: Float64Array<SharedArrayBuffer>
  #length = 0
  #marked = 0
  readonly sections: Section[] = []

  constructor(memory: LineMemory) {
    this.#text = Buffer.from(memory.text)
    this.#marks = new Float64Array(memory.marks)
  }

  /** Where the lines are now. */
  get memory(): LineMemory {
    return { text: this.#text.buffer, marks: this.#marks.buffer }
  }

  add(packet: number, line: string): void {
    const need = this.#length + line.length * 3 + 1 // UTF-8 takes at most 3 bytes per UTF-16 unit
    if (need > this.#text.length) this.#growText(need)
    if (this.#marked + 2 > this.#marks.length) this.#growMarks()
    const bytes = this.#text.write(line, this.#length, 'utf8') + 1
    this.#text[this.#length + bytes - 1] = 0x0a
    this.#length += bytes
    this.#marks[this.#marked++] = packet
    this.#marks[this.#marked++] = bytes
  }

  /** The lines since the last section are those of `partition`. */
  endSection(partition: number): void {
    this.sections.push({ partition, text: this.#length, marks: this.#marked })
  }

  #growText(need: number): void {
    const grown = Buffer.from(new SharedArrayBuffer(Math.max(need, this.#text.length * 2)))
    grown.set(this.#text.subarray(0, this.#length))
    this.#text = grown
  }

  #growMarks(): void {
    const grown = new Float64Array(new SharedArrayBuffer(this.#marks.byteLength * 2))
    grown.set(this.#marks)
    this.#marks = grown
  }
}

/** Views of the sections that have lines. */
export function outputsOf(memory: LineMemory, sections: readonly Section[]): LaneOutput[] {
  const outputs: LaneOutput[] = []
  let text = 0
  let marks = 0
  for (const section of sections) {
    if (section.marks > marks) {
      outputs.push({
        partition: section.partition,
        text: Buffer.from(memory.text, text, section.text - text),
        marks: new Float64Array(memory.marks, marks * Float64Array.BYTES_PER_ELEMENT, section.marks - marks),
      })
    }
    text = section.text
    marks = section.marks
  }
  return outputs
}
