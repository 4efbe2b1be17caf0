/**
 * YAML text into plain data that remembers where everything stood. The input is bounded in size, depth and number of
 * values after aliases are expanded, so that a small file cannot become a large one.
 */
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from 'yaml'

const MAX_CHARACTERS = 1024 * 1024
const MAX_DEPTH = 32
const MAX_VALUES = 100_000

export type Path = readonly PropertyKey[]

/** Line and column, from 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

export interface Problem extends Place {
  readonly path: Path
  readonly message: string
}

export interface ConfigDocument {
  /** Mappings are plain objects, an empty value is no value. */
  readonly value: unknown
  /** When there are any, `value` is not to be used. */
  readonly problems: readonly Problem[]
  /** Where the value at `path` stands, or its key, or what of the path exists. */
  place(path: Path, what: 'key' | 'value'): Place
  /** The key as the file calls it, when this was made from a file of another form. */
  readonly origin?: (path: Path) => Path
}

export function readDocument(text: string): ConfigDocument {
  const lines = new LineCounter()
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }
  const failed = (offset: number, message: string): ConfigDocument => {
    const place = at(offset)
    return { value: undefined, problems: [{ ...place, path: [], message }], place: () => place }
  }
  if (text.length > MAX_CHARACTERS) return failed(0, `longer than ${MAX_CHARACTERS} characters`)
  let document: Document.Parsed
  try {
    document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true })
  } catch (error) {
    if (!(error instanceof RangeError)) throw error // the composer recursed too deep
    return failed(0, `nested deeper than ${MAX_DEPTH} levels`)
  }
  const faults = [...document.errors, ...document.warnings]
  const problems = faults.map(fault => ({ ...at(fault.pos[0]), path: [], message: said(fault.message) }))
  if (problems.length > 0) return { value: undefined, problems, place: () => at(0) }
  try {
    const value = new Reader(document).read(document.contents, 0)
    return { value, problems: [], place: (path, what) => at(offsetOf(document, path, what)) }
  } catch (error) {
    if (error instanceof TooMuch) return failed(error.offset, error.message)
    throw error
  }
}

/** The library's sentences, in the voice of ours. */
function said(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1)
}

class TooMuch extends Error {
  readonly offset: number
  constructor(node: Node | null, message: string) {
    super(message)
    this.offset = node?.range?.[0] ?? 0
  }
}

class Reader {
  readonly #document: Document.Parsed
  #values = 0

  constructor(document: Document.Parsed) {
    this.#document = document
  }

  read(node: Node | null, depth: number): unknown {
    if (node === null) return undefined
    if (depth > MAX_DEPTH) throw new TooMuch(node, `nested deeper than ${MAX_DEPTH} levels`)
    if (++this.#values > MAX_VALUES) throw new TooMuch(node, `more than ${MAX_VALUES} values (aliases count each time)`)
    if (isAlias(node)) return this.read(node.resolve(this.#document) ?? null, depth + 1)
    if (isSeq<Node>(node)) return node.items.map(item => this.read(item, depth + 1))
    if (isMap<Node, Node>(node)) {
      const entries = node.items.map(pair => [String(keyOf(pair)), this.read(pair.value, depth + 1)] as const)
      // From entries, because an assignment to __proto__ would vanish.
      return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
    }
    return isScalar(node) && node.value !== null ? node.value : undefined
  }
}

function keyOf(pair: Pair<Node, Node | null>): unknown {
  return isScalar(pair.key) ? pair.key.value : pair.key
}

function offsetOf(document: Document.Parsed, path: Path, what: 'key' | 'value'): number {
  let node: Node | null = document.contents
  let offset = node?.range?.[0] ?? 0
  for (const [i, step] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document) ?? null
    if (isMap<Node, Node | null>(node)) {
      const pair: Pair<Node, Node | null> | undefined = node.items.find(item => String(keyOf(item)) === String(step))
      if (pair === undefined) break
      const key = pair.key.range?.[0] ?? offset
      offset = what === 'key' && i === path.length - 1 ? key : (pair.value?.range?.[0] ?? key)
      node = pair.value
    } else if (isSeq<Node>(node) && typeof step === 'number' && step < node.items.length) {
      node = node.items[step] ?? null
      offset = node?.range?.[0] ?? offset
    } else break
  }
  return offset
}
