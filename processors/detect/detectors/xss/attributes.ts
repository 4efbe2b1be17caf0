/** Attributes without a tag of their own: the value stands inside a tag and adds an attribute to it. */
import { hasSink } from './script.ts'
import { isScriptStyle } from './styles.ts'

export interface Breakout {
  readonly at: number
  readonly name: string
}

/** Functions that a handler may name without a call: `onerror=alert;throw 1`. */
const NAMED = /^["'`]?\s{0,4}(?:alert|confirm|prompt|eval)\b/

const HANDLER = /(^|["'`/\s;{\0-\x1f])(on[a-z]{3,40})[\s\0]{0,8}=[\s\0]{0,8}(.{0,96})/gs

/** `" onmouseover=…`, `" style="x:expression(…` or the like in lower-case text; null when there is none. */
export function attributeBreakout(lower: string): Breakout | null {
  for (const found of lower.matchAll(HANDLER)) {
    const quoted = found[1] !== '' && /["'`]/.test(lower.slice(Math.max(0, found.index - 24), found.index + 1))
    const value = found[3]!
    if (
      hasSink(value) ||
      NAMED.test(value) ||
      (quoted && /^["'`]?[\w$.]{1,40}\s{0,4}[(`=]/.test(value)) ||
      (quoted && /^["'`]/.test(value) && found.index < 64)
    )
      return { at: found.index, name: found[2]! }
  }
  const style = /["'`]\s{1,8}style\s{0,4}=\s{0,4}["'`]?([^"'`]{4,256})/.exec(lower.slice(0, 512))
  return style !== null && isScriptStyle(style[1]!) ? { at: style.index, name: 'style' } : null
}
