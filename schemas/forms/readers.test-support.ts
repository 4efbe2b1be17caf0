/** Small readers of the forms, written from their grammars and not from the writers: they say what a SIEM would see. */

export interface Fields {
  readonly header: readonly string[]
  readonly fields: ReadonlyMap<string, string>
}

/** Throws when a key stands twice: one of them was not ours. */
function mapOf(pairs: readonly (readonly [string, string])[]): ReadonlyMap<string, string> {
  const map = new Map(pairs)
  if (map.size !== pairs.length) throw new Error('a key stands twice')
  return map
}

/** `CEF:0`: character by character, as the escapes want it. */
export function readCef(line: string): Fields {
  const header: string[] = []
  let at = 0
  for (let text = ''; header.length < 7; at++) {
    const c = line[at]
    if (c === undefined) throw new Error('the header ends early')
    if (c === '|') {
      header.push(text)
      text = ''
    } else if (c === '\\') text += line[++at]
    else text += c
  }
  const pairs: [string, string][] = []
  let key = ''
  let text = ''
  for (; at < line.length; at++) {
    const c = line[at]!
    if (c === '\\') {
      const next = line[++at]!
      text += next === 'n' ? '\n' : next === 'r' ? '\r' : next
    } else if (c === '=') {
      // The word before a bare `=` is the next key, what stands before it the value of the last one.
      const space = text.lastIndexOf(' ')
      if (key !== '') pairs.push([key, text.slice(0, space)])
      key = text.slice(space + 1)
      if (!/^\w+$/.test(key)) throw new Error(`${JSON.stringify(key)} is no key`)
      text = ''
    } else text += c
  }
  pairs.push([key, text])
  return { header, fields: mapOf(pairs) }
}

export function readLeef(line: string): Fields {
  const header = line.split('|', 6)
  const delimiter = String.fromCharCode(Number.parseInt(header[5]!.slice(1), 16))
  const attributes = line.slice(header.join('|').length + 1).split(delimiter)
  const pairs = attributes.map((each): [string, string] => {
    const equals = each.indexOf('=')
    if (equals <= 0) throw new Error(`${JSON.stringify(each)} is no attribute`)
    return [each.slice(0, equals), each.slice(equals + 1)]
  })
  return { header, fields: mapOf(pairs) }
}

const QUOTED = '"((?:[^"\\\\]|\\\\.)*)"'
const ACCESS = new RegExp(`^(\\S+) - - \\[([^\\]]+)\\] ${QUOTED} (\\d+|-) (\\d+|-) ${QUOTED} ${QUOTED}$`)
const SHORT: ReadonlyMap<string, string> = new Map([
  ['b', '\b'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
])

/** Client, time, request line, status, bytes, referer, user agent. */
export function readCombined(line: string): readonly string[] {
  const match = ACCESS.exec(line)
  if (match === null) throw new Error('no line of an access log')
  return match.slice(1).map(unescaped)
}

/** Bytes, read as UTF-8. */
function unescaped(text: string): string {
  const latin1 = text.replace(/\\(?:x([\da-f]{2})|(.))/g, (_, hex: string | undefined, c: string) =>
    hex === undefined ? (SHORT.get(c) ?? c) : String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return Buffer.from(latin1, 'latin1').toString('utf8')
}
