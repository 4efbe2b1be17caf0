/** The judge of tags: which of them run script, or load what does. */
import { decodeEntities } from '../../text/entities.ts'
import { hasSink, isScriptUrl } from './script.ts'
import type { Attribute, Tag } from './tags.ts'

export interface Verdict {
  readonly rule: string
  readonly why: string
}

/** Attributes that hold a URL which is followed, loaded or run. */
const URLS: ReadonlySet<string> = new Set([
  'href',
  'src',
  'action',
  'formaction',
  'xlink:href',
  'data',
  'to',
  'from',
  'values',
  'poster',
  'background',
  'code',
  'codebase',
  'archive',
  'dynsrc',
  'lowsrc',
  'ping',
  'cite',
  'srcset',
  'manifest',
  'content',
  'folder',
  'url',
  'value',
  'param',
])

/** Tags that load or embed something on their own; with one of these attributes. */
const LOADERS: ReadonlyMap<string, readonly string[]> = new Map([
  ['script', ['src', 'href', 'xlink:href']],
  ['object', ['data', 'classid', 'code', 'codebase', 'type']],
  ['embed', ['src', 'code', 'type']],
  ['applet', ['code', 'codebase', 'archive', 'object']],
  ['base', ['href']],
  ['link', ['href']],
  ['frame', ['src']],
  ['iframe', ['srcdoc']],
  ['bgsound', ['src']],
  ['layer', ['src']],
  ['isindex', ['action', 'type', 'src', 'formaction']],
  ['?import', ['implementation', 'namespace']],
  ['import', ['implementation', 'src', 'href']],
  ['xml', ['src', 'id']],
  ['vmlframe', ['src']],
  ['animate', ['values', 'to', 'from', 'onbegin']],
  ['include', ['href']],
  ['set', ['to', 'attributename', 'onbegin']],
])

/** Null when the tag is harmless: text formatting, links, pictures. */
export function judgeTag(tag: Tag, lower: string): Verdict | null {
  const name = tag.name.slice(tag.name.lastIndexOf(':') + 1)
  for (const attribute of tag.attributes) {
    const verdict = judgeAttribute(attribute, tag)
    if (verdict !== null) return verdict
  }
  const loaders = LOADERS.get(tag.name) ?? LOADERS.get(name)
  if (loaders !== undefined) {
    const loader = tag.attributes.find(attribute => attribute.value !== null && loaders.includes(attribute.name))
    if (loader !== undefined && !(name === 'link' && isPlainLink(tag)))
      return { rule: 'xss.loader', why: `The tag ${name} loads active content with its attribute ${loader.name}.` }
  }
  if (name === 'script') return judgeScript(tag, lower)
  if (name === 'meta') return judgeMeta(tag)
  if (isDangling(tag, lower))
    return { rule: 'xss.dangling', why: `The tag ${name} is left open, and takes what follows the value into it.` }
  if (tag.name === '!entity') return { rule: 'xss.entity', why: 'A document type declares an entity.' }
  return null
}

/** Ends with the value, within its attributes: `<a href="x"`. */
function isDangling(tag: Tag, lower: string): boolean {
  if (tag.closed || tag.end < lower.length || tag.attributes.length === 0) return false
  if (tag.name === 'a') return tag.attributes.some(({ name, value }) => name === 'href' && value !== null)
  return DANGLING.has(tag.name) && lower.lastIndexOf('=') > tag.start
}

const DANGLING: ReadonlySet<string> = new Set([
  'img',
  'link',
  'base',
  'object',
  'embed',
  'script',
  'iframe',
  'frame',
  'svg',
  'input',
  'form',
  'button',
  'body',
  'meta',
  'applet',
  '?import',
  'video',
  'audio',
  'textarea',
])

/** Links that load nothing active: canonical, icon, alternate and so on. */
function isPlainLink(tag: Tag): boolean {
  const rel = tag.attributes.find(attribute => attribute.name === 'rel')?.value?.toLowerCase()
  return rel !== undefined && !/stylesheet|import|preload|prefetch|serviceworker|manifest/.test(rel)
}

/** A script tag with code, or with nothing at all; prose that mentions the tag goes on with a blank and words. */
function judgeScript(tag: Tag, lower: string): Verdict | null {
  const why = 'A script tag brings its own code.'
  if (!tag.closed) return tag.attributes.length === 0 && tag.end < lower.length ? null : { rule: 'xss.script', why }
  const close = lower.indexOf('</', tag.end)
  const code = lower.slice(tag.end, Math.min(close < 0 ? lower.length : close, tag.end + 512))
  if (/[(=`;[{]|\w\.\w|<!--|\/\/|&#/.test(code) || hasSink(code)) return { rule: 'xss.script', why }
  const next = lower.slice(tag.end, tag.end + 1)
  return next === '<' || (tag.name.includes(':') && tag.attributes.length > 0) ? { rule: 'xss.script', why } : null
}

function judgeMeta(tag: Tag): Verdict | null {
  const equiv = tag.attributes.find(attribute => attribute.name === 'http-equiv')?.value?.toLowerCase()
  if (equiv === undefined || !/refresh|set-cookie|link|content-security/.test(equiv)) return null
  return { rule: 'xss.meta', why: `A meta tag acts as the header ${equiv}.` }
}

function judgeAttribute({ name, value }: Attribute, tag: Tag): Verdict | null {
  if (value === null) return null
  const plain = name.replace(/[\0-\x1f]/g, '')
  if (/^on[a-z]{3,24}$/.test(plain) && !isComponentHandler(value)) {
    return { rule: 'xss.event-handler', why: `The tag ${tag.name} runs script on the event ${plain.slice(2)}.` }
  }
  if (plain === 'style' && isScriptStyle(value))
    return { rule: 'xss.style', why: 'A style attribute runs script in old browsers.' }
  if (plain === 'srcdoc') return { rule: 'xss.loader', why: 'The attribute srcdoc brings a document of its own.' }
  if (plain === 'language' && /script/i.test(value))
    return { rule: 'xss.script', why: 'The attribute language names a script language.' }
  if (!URLS.has(plain)) return null
  if (!isScriptUrl(value)) return null
  return { rule: 'xss.script-url', why: `The attribute ${plain} holds a URL that is script.` }
}

/** `onClick={() => save(1)}` in component code (JSX) is no HTML; with a browser's sink in it it may well be. */
function isComponentHandler(value: string): boolean {
  return (value.startsWith('{') || value.startsWith('$event') || value === '') && !hasSink(value.toLowerCase())
}

/** expression(…), behaviour, -moz-binding, script URLs, also with comments, escapes and character references inside. */
export function isScriptStyle(value: string): boolean {
  const css = decodeEntities(value)
    .replace(/\/\*[^*]{0,64}\*\//g, '')
    .replace(/\\0{0,4}([46-7][0-9a-f])\s?/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/\\/g, '')
    .toLowerCase()
  return /expression\s{0,8}\(|behaviou?r\s{0,8}:\s{0,8}url|-moz-binding|javascript:|vbscript:|@import/.test(css)
}
