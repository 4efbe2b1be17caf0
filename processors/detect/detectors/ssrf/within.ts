/** URLs inside of longer values: in markup, code and other URLs. */
import { type Url, urlOf } from '../../text/url.ts'

/** URLs of one value that are looked at. */
const MAX_URLS = 16

const WRAPPERS = /^\s{0,8}(?:url:|jar:|view-source:|feed:|["'<(]){1,4}(?=[a-z]{2,8}:|\/\/)/

/** Index at which the URL begins that a value is: after jar:, url:, quotes or an angle bracket. */
export function wrapped(lower: string): number {
  return WRAPPERS.exec(lower.slice(0, 64))?.[0].length ?? 0
}

interface Within {
  readonly url: Url
  readonly at: number
}

/** URLs with an address or a telling name as host that begin anywhere in the text but at its start. */
export function urlsWithin(text: string, lower: string): readonly Within[] {
  const found: Within[] = []
  const begin = /(?:https?|ftp|gopher|dict):[/\\]{1,4}(?=[\d[@\w])/g
  for (const match of lower.matchAll(begin)) {
    if (found.length >= MAX_URLS) break
    if (match.index === 0) continue
    const after = text.slice(match.index, match.index + 128)
    const end = after.search(/[\s"'<>|`;(){},]/)
    const url = urlOf(end < 0 ? after : after.slice(0, end))
    if (url !== null && url.host !== '') found.push({ url, at: match.index })
  }
  return found
}
