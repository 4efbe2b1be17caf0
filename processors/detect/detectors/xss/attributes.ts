/** Attributes without a tag of their own: the value stands inside a tag and adds an attribute to it. */
import { EVENTS } from './needles.ts'
import { hasSink } from './script.ts'
import { isScriptStyle } from './styles.ts'

export interface Breakout {
  readonly at: number
  readonly name: string
}

/** Functions that a handler may name without a call: `onerror=alert;throw 1`. */
const NAMED = /^["'`]?\s{0,4}(?:alert|confirm|prompt|eval)\b/

const EVENT_HANDLERS: ReadonlySet<string> = new Set(EVENTS)

/** Attributes that people do not put behind a quote, or at the beginning of a text. */
const LEADING = /^(?:[^"'`<]{0,16}["'`]\s{0,8}[\w\s=]{0,32}?\b|\s{0,8})(formaction|xlink:href|srcdoc)\s{0,4}=/

const HANDLER = /(^|["'`/\s;{\0-\x1f])(on[a-z]{3,40})[\s\0]{0,8}=[\s\0]{0,8}(.{0,96})/gs

/** `" onmouseover=…`, `" style="x:expression(…` or the like in lower-case text; null when there is none. */
export function attributeBreakout(lower: string): Breakout | null {
  for (const found of lower.matchAll(HANDLER)) {
    const value = found[3]!
    if (hasSink(value) || NAMED.test(value) || (EVENT_HANDLERS.has(found[2]!) && isQuotedIn(lower, found, value)))
      return { at: found.index, name: found[2]! }
  }
  const leading = LEADING.exec(lower.slice(0, 128))
  if (leading !== null) return { at: 0, name: leading[1]! }
  const style = /["'`]\s{1,8}style\s{0,4}=\s{0,4}["'`]?([^"'`]{4,256})/.exec(lower.slice(0, 512))
  return style !== null && isScriptStyle(style[1]!) ? { at: style.index, name: 'style' } : null
}

/** Does the handler follow a quote, and hold what looks like code? */
function isQuotedIn(lower: string, found: RegExpExecArray, value: string): boolean {
  if (found[1] === '' || !/["'`]/.test(lower.slice(Math.max(0, found.index - 24), found.index + 1))) return false
  if (/^["'`]?[\w$.]{1,40}\s{0,4}[(`=]/.test(value)) return true
  if (/^["'`]/.test(value)) return found.index < 64
  return /^[^"'`]{0,16}["'`]\s{0,8}$/.test(lower.slice(0, Math.min(found.index + 1, 64))) && /^[\w(]/.test(value)
}
