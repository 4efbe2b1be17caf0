/**
 * Script tags that documentation shows: in a code block of Markdown that begins and ends within the value, or in a span of code.
 *
 *   block = line "```" [ language ], lines, line "```"
 *   span  = "`" tag [ "</script>" ] "`"
 */
import { mannerOf } from '../../text/manner.ts'
import type { Tag } from './tags.ts'

/** Blocks are looked for in this many characters before and after a tag. */
const NEAR = 2048

const FENCE = /^ {0,3}```[\w+-]{0,16} {0,3}\r?$/gm

/** What proves or does harm, and what hides it. Documentation shows how a library is called. */
const HARM =
  /alert|confirm|prompt|eval|cookie|atob|fromcharcode|fetch|import\s{0,4}\(|constructor|location|\.name\b|storage|sendbeacon|xmlhttp|\bsrc\s{0,4}=|settimeout|setinterval|function\s{0,4}\(['"`]|\\[xu]|\[['"`+![(\\/]|https?:|["'`]\/\//

/** Shows the tag how a script of the page's own host, or of one that it names in full, is loaded or called? */
export function isExample(tag: Tag, lower: string): boolean {
  if (tag.start > NEAR || !tag.closed || tag.attributes.some(({ name }) => !HARMLESS.has(name))) return false
  const source = tag.attributes.find(({ name }) => name === 'src')?.value?.toLowerCase()
  if (source !== undefined && isSpan(tag, lower) && (isPath(source) || isInSentence(source, lower))) return true
  if (!isInBlock(tag, lower)) return false
  if (source !== undefined) return isPath(source) || HOSTED.test(source)
  const code = lower.slice(tag.end, tag.end + NEAR)
  const close = code.indexOf('</script')
  return close >= 0 && !HARM.test(code.slice(0, close))
}

const HARMLESS: ReadonlySet<string> = new Set(['src', 'type', 'async', 'defer', 'crossorigin', 'integrity', 'charset'])

/** `dist/x.js`: no scheme, no host. */
function isPath(url: string): boolean {
  return /^(?:\.{1,2}\/|\/(?!\/))?[\w@][\w@.-]*(?:\/[\w@.-]+)*\.m?js$/.test(url)
}

const HOSTED = /^https:\/\/[\w.-]{1,100}(?:\/[\w@./-]{0,200})?$/

/** People quote how they load a library in what they write about it. */
function isInSentence(source: string, lower: string): boolean {
  return HOSTED.test(source) && mannerOf(lower) === 'prose'
}

function isSpan(tag: Tag, lower: string): boolean {
  return lower[tag.start - 1] === '`' && /^(?:<\/script>)?`/.test(lower.slice(tag.end, tag.end + 10))
}

/** An odd count of fences before the tag, and one behind it. */
function isInBlock(tag: Tag, lower: string): boolean {
  const before = lower.slice(0, tag.start).match(FENCE)?.length ?? 0
  return before % 2 === 1 && (lower.slice(tag.end, tag.end + NEAR).match(FENCE)?.length ?? 0) > 0
}
