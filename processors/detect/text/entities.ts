/** Character references as browsers read them in attribute values (HTML Living Standard §13.2.5.72): enough for URLs and scripts. */

const NAMED: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
  ['colon', ':'],
  ['tab', '\t'],
  ['newline', '\n'],
  ['lpar', '('],
  ['rpar', ')'],
  ['sol', '/'],
  ['bsol', '\\'],
  ['grave', '`'],
  ['equals', '='],
  ['period', '.'],
  ['comma', ','],
  ['semi', ';'],
  ['num', '#'],
  ['excl', '!'],
  ['plus', '+'],
  ['lbrace', '{'],
  ['lcub', '{'],
  ['rcub', '}'],
  ['lsqb', '['],
  ['lbrack', '['],
  ['rsqb', ']'],
  ['nbsp', '\u00a0'],
])

const LONGEST = 12

/** Decodes `&#106;`, `&#x6a`, `&colon;` once; the semicolon may be missing after numbers. */
export function decodeEntities(text: string): string {
  let at = text.indexOf('&')
  if (at < 0) return text
  let out = ''
  let kept = 0
  while (at >= 0) {
    const found = entityAt(text, at)
    if (found !== null) {
      out += text.slice(kept, at) + found.char
      kept = found.end
    }
    at = text.indexOf('&', found?.end ?? at + 1)
  }
  return out + text.slice(kept)
}

function entityAt(text: string, at: number): { readonly char: string; readonly end: number } | null {
  const window = text.slice(at + 1, at + 1 + LONGEST)
  const number = /^#(?:x0{0,5}([0-9a-f]{1,6})|0{0,5}([0-9]{1,7}));?/i.exec(window)
  if (number !== null) {
    const code = number[1] !== undefined ? Number.parseInt(number[1], 16) : Number.parseInt(number[2]!, 10)
    return code > 0x10ffff ? null : { char: String.fromCodePoint(code), end: at + 1 + number[0].length }
  }
  const name = /^([a-z]{2,8});/i.exec(window)
  const char = name === null ? undefined : NAMED.get(name[1]!.toLowerCase())
  return char === undefined ? null : { char, end: at + 1 + name![0].length }
}
