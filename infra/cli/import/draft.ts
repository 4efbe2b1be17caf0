/** A configuration of ours in the making, that remembers which key of the other file each part came from. */
import type { ConfigDocument, Path, Problem } from '#schemas/config/document.ts'

/** What the user should know about a key of the file. */
export interface Note {
  readonly line: number
  readonly column: number
  readonly path: Path
  /** `without-meaning`: nothing here corresponds to it. `warning`: taken over, and there is something to know. */
  readonly kind: 'without-meaning' | 'warning'
  readonly message: string
}

type Container = Record<PropertyKey, unknown>

interface Part {
  readonly path: Path
  readonly from: Path
}

export class Draft {
  readonly value: Container = {}
  readonly notes: Note[] = []
  /** Of the file itself, beyond what its schema says. */
  readonly problems: Problem[] = []
  readonly #file: ConfigDocument
  readonly #parts: Part[] = []

  constructor(file: ConfigDocument) {
    this.#file = file
  }

  /** Sets a value of ours, below what is there. Numbers in the path are places of a list. Undefined sets nothing. */
  set(path: Path, value: unknown, from: Path): void {
    if (value === undefined) return
    this.#parts.push({ path, from })
    let at = this.value
    for (const [i, step] of path.slice(0, -1).entries()) {
      at = (at[step] ??= typeof path[i + 1] === 'number' ? [] : {}) as Container
    }
    at[path.at(-1)!] = value
  }

  /** The next place in a list of ours. */
  next(list: Path): number {
    const at = list.reduce<unknown>((value, step) => (value as Container | undefined)?.[step], this.value)
    return Array.isArray(at) ? at.length : 0
  }

  withoutMeaning(from: Path, why: string): void {
    this.#note('without-meaning', from, why)
  }

  warn(from: Path, message: string): void {
    this.#note('warning', from, message)
  }

  fail(from: Path, message: string): void {
    this.problems.push({ ...this.#file.place(from, 'value'), path: from, message })
  }

  /** The key of the file that a part of ours came from: the nearest one around it. */
  origin(path: Path): Path {
    let nearest: Part = { path: [], from: [] }
    for (const part of this.#parts) {
      if (part.path.length >= nearest.path.length && part.path.every((step, i) => step === path[i])) nearest = part
    }
    return nearest.from
  }

  /** Where a part was set itself; null for what only contains such parts. */
  setFrom(path: Path): Path | null {
    const own = this.#parts.find(
      part => part.path.length === path.length && part.path.every((step, i) => step === path[i]),
    )
    return own?.from ?? null
  }

  /** Ours, with the places of the file: problems are said where the user can mend them. */
  document(): ConfigDocument {
    return {
      value: this.value,
      problems: this.problems,
      place: (path, what) => this.#file.place(this.origin(path), what),
      origin: path => this.origin(path),
    }
  }

  #note(kind: Note['kind'], path: Path, message: string): void {
    this.notes.push({ ...this.#file.place(path, 'key'), path, kind, message })
  }
}
