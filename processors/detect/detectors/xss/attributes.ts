/** Event handlers without a tag of their own: the value stands inside a tag and adds an attribute to it. */
import { hasSink } from './script.ts'

/** Index of `" onmouseover=…` or the like in lower-case text; -1 when there is none. */
export function isAttributeBreakout(lower: string): number {
  const handler = /(^|["'`/\s;\0-\x1f])(on[a-z]{3,30})[\s\0]{0,8}=[\s\0]{0,8}(.{0,96})/gs
  for (const found of lower.matchAll(handler)) {
    const quoted = found[1] !== '' && /["'`]/.test(lower.slice(Math.max(0, found.index - 24), found.index + 1))
    const value = found[3]!
    if (
      hasSink(value) ||
      (quoted && /^["'`]?[\w$.]{1,40}\s{0,4}[(`=]/.test(value)) ||
      (quoted && /^["'`]/.test(value) && found.index < 64)
    )
      return found.index
  }
  return -1
}
