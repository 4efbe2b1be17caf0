/** The parts of a multipart body as values: names, file names, header fields and contents. */
import type { DecoderLimits, Note, Yield } from '#schemas/contracts/detector.ts'
import { charsetOf } from '../../text/charset.ts'
import { pathOf, yieldGroups } from '../../text/pairs.ts'
import { boundariesOf } from './boundary.ts'
import { codingOf, plainText, readings } from './coding.ts'
import { type Head, type Part, partOf } from './head.ts'
import { notePart } from './odd.ts'
import { splitParts } from './split.ts'

/** Multipart bodies inside of parts (multipart/mixed) are taken apart so deep. */
const NESTED = 3

/** The part of a form that names the charset of the others (RFC 7578 §4.6). */
const CHARSET_FIELD = '_charset_'

export type Outcome = 'read' | 'spent' | 'too-many'

/** One reading of a body by one boundary. */
export class PartsReader {
  readonly #limits: DecoderLimits
  readonly #out: Yield
  readonly #note: Note
  readonly #inForm: boolean
  #charset: string | null = null

  /** `inForm`: the body is a form, and no other kind of multipart message. */
  constructor(limits: DecoderLimits, out: Yield, note: Note, inForm: boolean) {
    this.#limits = limits
    this.#out = out
    this.#note = note
    this.#inForm = inForm
  }

  /** `prefix`: the point of the body. */
  read(text: string, boundary: string, prefix: readonly string[], depth: number): Outcome {
    const pieces = splitParts(text, boundary, this.#limits.values)
    if (pieces === null) return 'too-many'
    for (const [name, around] of [
      ['_preamble', pieces.preamble],
      ['_epilogue', pieces.epilogue],
    ] as const) {
      if (/\S/.test(around) && !this.#out([...prefix, name], plainText(around, null))) return 'spent'
    }
    const parts = pieces.parts.map(part => partOf(part) ?? part)
    this.#charset = charsetFieldOf(parts) ?? this.#charset
    const fields = new Map<string, string[]>()
    for (const part of parts) {
      if (typeof part === 'string') {
        if (!this.#out(prefix, plainText(part, null))) return 'spent'
        continue
      }
      const outcome = this.#part(part, prefix, fields, depth)
      if (outcome !== 'read') return outcome
    }
    return yieldGroups(fields, prefix, this.#out) ? 'read' : 'spent'
  }

  #part(part: Part, prefix: readonly string[], fields: Map<string, string[]>, depth: number): Outcome {
    const { head, content } = part
    const [name = ''] = head.names
    const path = [...prefix, ...pathOf(name)]
    if (!this.#head(part, prefix, path)) return 'spent'
    const type = typeOf(head)
    if (/^multipart\//i.test(type) && depth < NESTED) {
      const [boundary] = boundariesOf(type, content).used
      if (boundary !== undefined) return this.read(content, boundary, path, depth + 1)
    }
    const declared = charsetOf(type.toLowerCase())
    const coding = codingOf(head)
    const forAll = name === CHARSET_FIELD
    const told = forAll ? content.trim().toLowerCase() : declared
    notePart(head, { coding, charset: told, forAll }, this.#inForm, this.#note)
    const charset = declared ?? this.#charset
    const at = head.files.length > 0 ? [...path, 'file'] : path
    for (const { by, text } of readings(content, coding, charset)) if (!this.#out([...at, by], text)) return 'spent'
    const plain = plainText(content, charset)
    if (head.files.length > 0) return this.#out(at, plain) ? 'read' : 'spent'
    const group = fields.get(name)
    if (group === undefined) fields.set(name, [plain])
    else group.push(plain)
    return 'read'
  }

  /** What stands in the head of a part. False when the budget is spent. */
  #head({ head }: Part, prefix: readonly string[], path: readonly string[]): boolean {
    for (const file of head.files) if (!this.#out([...path, '_filename'], plainText(file, null))) return false
    for (const name of head.names) {
      if (name.length > 1 && !this.#out([...prefix, '_name'], plainText(name, null))) return false
    }
    for (const [field, value] of head.fields) {
      if (field === 'CONTENT-DISPOSITION') continue
      if (!this.#out([...path, 'header', field], plainText(value, null))) return false
    }
    return true
  }
}

/** All that it is said to be: some servers take the first field, others the last. */
function typeOf({ fields }: Head): string {
  return fields.flatMap(([field, value]) => (field === 'CONTENT-TYPE' ? [value] : [])).join('; ')
}

function charsetFieldOf(parts: readonly (Part | string)[]): string | null {
  for (const part of parts) {
    if (typeof part === 'string' || part.head.names[0] !== CHARSET_FIELD) continue
    return part.content.trim().toLowerCase().slice(0, 40)
  }
  return null
}
