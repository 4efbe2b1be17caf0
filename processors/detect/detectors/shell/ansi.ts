/** `$'…'`: single quotes with the escapes of C. */

const LETTERS: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  e: '\x1b',
  E: '\x1b',
}

export interface AnsiC {
  readonly text: string
  /** Behind the closing quote. */
  readonly end: number
  /** It holds escapes of letters. */
  readonly escaped: boolean
}

/** Reads from behind the opening quote; null when it does not end within `most` characters. */
export function decodeAnsiC(text: string, from: number, most: number): AnsiC | null {
  let out = ''
  let escaped = false
  const last = Math.min(text.length, from + most)
  for (let at = from; at < last; at++) {
    const c = text[at]!
    if (c === "'") return { text: out, end: at + 1, escaped }
    if (c !== '\\') {
      out += c
      continue
    }
    const code = /^(?:x([0-9a-f]{1,2})|u([0-9a-f]{1,4})|U([0-9a-f]{1,8})|([0-7]{1,3}))/i.exec(
      text.slice(at + 1, at + 10),
    )
    if (code === null) {
      const letter = text[at + 1] ?? ''
      out += LETTERS[letter] ?? letter
      at++
      continue
    }
    const hex = code[1] ?? code[2] ?? code[3]
    const point = hex === undefined ? Number.parseInt(code[4]!, 8) : Number.parseInt(hex, 16)
    out += point <= 0x10ffff ? String.fromCodePoint(point) : ''
    escaped = true
    at += code[0].length
  }
  return null
}
