/**
 * Lines that a value adds to the head of a message, if it is copied there (RFC 9112 §2.1):
 *
 *   value  = first line break *( header | status | request ) [ break HTML ]
 *   break  = CR / LF / CR LF / LF CR, or a blank line
 */
import { KNOWN, type Use } from './headers.ts'

export type Line =
  | {
      readonly kind: 'header'
      readonly name: string
      readonly use: Use
      readonly everyday: boolean
      readonly at: number
    }
  | { readonly kind: 'status' | 'request' | 'html'; readonly at: number }

/** Lines of one value that are looked at. */
const MAX_LINES = 64

/** The lines after the first one that are more than text. */
export function injectedLines(text: string): readonly Line[] {
  const found: Line[] = []
  let lines = 0
  for (let at = text.search(/[\r\n]/); at >= 0 && lines++ < MAX_LINES; at = nextBreak(text, at)) {
    while (at < text.length && isBlank(text.charCodeAt(at))) at++
    const line = lineAt(text, at)
    if (line !== null) found.push(line)
  }
  return found
}

function nextBreak(text: string, from: number): number {
  for (let at = from; at < text.length; at++) if (text.charCodeAt(at) === 10 || text.charCodeAt(at) === 13) return at
  return -1
}

function lineAt(text: string, at: number): Line | null {
  const line = /^[^\r\n]*/.exec(text.slice(at, at + 256))![0]
  if (/^HTTP\/(?:[01]\.\d|[23])\s{1,4}\d{3}\b/i.test(line)) return { kind: 'status', at }
  if (/^[A-Z]{3,10}\s{1,4}\S{1,200}\s{1,4}HTTP\/(?:[01]\.\d|[23])/i.test(line)) return { kind: 'request', at }
  if (/^<(?:html|script|svg|!doctype)\b/i.test(line)) return { kind: 'html', at }
  const colon = line.indexOf(':')
  if (colon < 0 || colon > 40) return null
  const name = line.slice(0, colon).trimEnd().toLowerCase()
  const known = KNOWN.get(name)
  if (known === undefined || !known.like.test(line.slice(colon + 1).trimStart())) return null
  return { kind: 'header', name, use: known.use, everyday: known.everyday ?? false, at }
}

function isBlank(c: number): boolean {
  return c === 10 || c === 13 || c === 32 || c === 9
}
