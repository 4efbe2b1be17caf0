import type { Exchange } from '#schemas/records/exchange.ts'
import { nameOf } from '../../text/place.ts'

/**
 * Where a text stands in a response. The same words are a leak in an error page and a lesson in a tutorial, so detectors ask
 * whether the server speaks of itself there (`tells`) or shows something (`isQuoted`).
 */
export interface Scene {
  readonly status: number
  readonly isJson: boolean
  /** The last name above the text, and all of them, in lower case. */
  readonly name: string
  readonly names: readonly string[]
  /** The server speaks of an error of its own in this value, whatever the text is. */
  readonly tells: boolean
  /** An item of a list: records that the server stores. */
  readonly isListed: boolean
}

/** Names of fields that say what went wrong. */
const ERROR_NAME =
  /^(?:errors?|error_?(?:message|description|detail|details|info|stack)|exceptions?|exception_?(?:message|details?|class|trace)|stack_?traces?|trace_?back|stack|trace|debug|debug_?(?:info|message|trace|details)|faults?|fault_?string|inner_?exception|inner_?error|cause|causes|developer_?message|internal_?message|message_?detail)$/
/** Of these the same is told where the status says error. */
const MESSAGE_NAME = /^(?:message|msg|detail|details|description|reason|title|text|data|body|info|result)$/

export function sceneOf(point: readonly string[], exchange: Exchange): Scene {
  const status = exchange.response?.status ?? 0
  const isJson = point.includes('json_doc')
  const name = nameOf(point)
  const names = point.map((part, i) => (point[i - 1] === 'hash' ? part.toLowerCase() : ''))
  const errorAt = names.findIndex(part => ERROR_NAME.test(part))
  const listAt = point.indexOf('array')
  // A list above the name is a list of records: those of a log or an issue tracker have errors that are not the server's.
  const isError = errorAt >= 0 && (listAt < 0 || listAt > errorAt)
  const isListed = listAt >= 0 && !isError
  const tells = isJson
    ? isError || (status >= 400 && !isListed && MESSAGE_NAME.test(name)) || (status >= 500 && !isListed)
    : status >= 400
  return { status, isJson, name, names, tells, isListed }
}

/** How far back the element is looked for that a text stands in. */
const BACK = 4096
/** Of the body of a page that shows nothing but the error. */
const OPENING = 400
const SHORT = 1500

/** The text at `at` is shown as an example: in an element for code, or fenced in Markdown. `lower`: the whole text. */
export function isQuoted(lower: string, at: number): boolean {
  const before = lower.slice(Math.max(0, at - BACK), at)
  for (const tag of ['code', 'textarea', 'samp', 'kbd', 'blockquote']) {
    const open = before.lastIndexOf(`<${tag}`)
    if (open >= 0 && before.indexOf(`</${tag}`, open) < 0) return true
  }
  const pre = before.lastIndexOf('<pre')
  if (
    pre >= 0 &&
    before.indexOf('</pre', pre) < 0 &&
    /^<pre[^>]{0,200}(?:lang|highlight|code|prettyprint|brush|hljs|listing)/.test(before.slice(pre, pre + 220))
  )
    return true
  return (before.split('```').length & 1) === 0
}

/** The server speaks at `at`: its status or the field says error, or the text begins with it, or holds little else. */
export function isTold(scene: Scene, lower: string, at: number): boolean {
  if (scene.tells) return true
  if (scene.isJson) return false
  // PHP writes its messages into the page as it goes: in a tutorial that markup would be escaped.
  const isWritten = /<br(?: \/)?>\s{0,4}<b>(?:[a-z]{1,12} ){0,2}$/.test(lower.slice(Math.max(0, at - 48), at))
  return (at < OPENING || lower.length < SHORT || isWritten) && !isQuoted(lower, at)
}
