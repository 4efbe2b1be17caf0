/** The judge of tags: which of them run script, or load what does. */
import { directiveReach } from './directives.ts'
import { isExample } from './examples.ts'
import { loaderOf } from './loaders.ts'
import { EVENTS, LOADING_TAGS } from './needles.ts'
import { hasSink, isScriptUrl } from './script.ts'
import { isScriptStyle, isTellingStyle } from './styles.ts'
import type { Attribute, Tag } from './tags.ts'

export interface Verdict {
  readonly rule: string
  readonly why: string
  /** The tag and what in it. */
  readonly shows: string
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

const EVENT_HANDLERS: ReadonlySet<string> = new Set(EVENTS)
const TAGS: ReadonlySet<string> = new Set(LOADING_TAGS)

/** Contents of script and style elements of one value that are still looked at. */
export interface Budget {
  scripts: number
  styles: number
}

export const BUDGET: Readonly<Budget> = { scripts: 64, styles: 16 }

/** Null when the tag is harmless: text formatting, links, pictures. */
export function judgeTag(tag: Tag, lower: string, budget: Budget): Verdict | null {
  const name = tag.name.slice(tag.name.lastIndexOf(':') + 1)
  for (const attribute of tag.attributes) {
    const verdict = judgeAttribute(attribute, tag)
    if (verdict !== null) return verdict
  }
  if (name === 'script' && isExample(tag, lower)) return null
  const loader = loaderOf(tag, name)
  if (loader !== null)
    return {
      rule: 'xss.loader',
      shows: `<${name} ${loader}>`,
      why: `The tag ${name} loads active content with its attribute ${loader}.`,
    }
  if (name === 'script') return judgeScript(tag, lower, budget)
  if (name === 'meta') return judgeMeta(tag)
  if (/^xss/.test(name))
    return { rule: 'xss.probe', shows: `<${name}`, why: 'A tag that no page has tries whether markup gets through.' }
  if (name === 'style') {
    const verdict = judgeStyle(tag, lower, budget)
    if (verdict !== null) return verdict
  }
  if (isDangling(tag, lower) || isOpenForm(tag, lower) || swallows(tag, lower))
    return {
      rule: 'xss.dangling',
      shows: `<${name} without its end`,
      why: `The tag ${name} is left open, and takes what follows the value into it.`,
    }
  if (tag.name === '!entity')
    return { rule: 'xss.entity', shows: '<!ENTITY', why: 'A document type declares an entity.' }
  return null
}

/** A form is judged when it begins in this many characters: its end is looked for in all that follows. */
const FORMS = 1024

function judgeStyle(tag: Tag, lower: string, budget: Budget): Verdict | null {
  if (!tag.closed || budget.styles-- <= 0) return null
  const after = lower.slice(tag.end, tag.end + 4096)
  const close = after.indexOf('</style')
  const css = close < 0 ? after : after.slice(0, close)
  if (isScriptStyle(css))
    return { rule: 'xss.style', shows: '<style>', why: 'A style sheet runs script, or loads another one.' }
  if (!isTellingStyle(css)) return null
  return {
    rule: 'xss.style',
    shows: '<style>, attribute selector with url()',
    why: 'A style sheet tells another host what the page holds.',
  }
}

/** A form to another host that never ends takes the fields of the page behind it. */
function isOpenForm(tag: Tag, lower: string): boolean {
  if (tag.name !== 'form' || tag.start > FORMS || lower.includes('</form', tag.end)) return false
  return tag.attributes.some(({ name, value }) => name === 'action' && /^\s*(?:https?:)?\/\//i.test(value ?? ''))
}

/** Elements whose content is text up to their end: without it, that is the rest of the page. */
const RAW: ReadonlySet<string> = new Set([
  'textarea',
  'style',
  'title',
  'xmp',
  'noscript',
  'plaintext',
  'noembed',
  'noframes',
  'iframe',
])

/** One of them begins at the end of a value that is no sentence. */
function swallows(tag: Tag, lower: string): boolean {
  if (!tag.closed || !RAW.has(tag.name) || lower.slice(tag.end, tag.end + 16).trim() !== '') return false
  return tag.end >= lower.trimEnd().length && !/\s/.test(lower.slice(0, tag.start).trimStart())
}

/** Ends with the value, within its attributes: `<a href="x"`. */
function isDangling(tag: Tag, lower: string): boolean {
  if (tag.closed || tag.end < lower.length || tag.attributes.length === 0) return false
  if (tag.name === 'a')
    return /^<a\shref/.test(lower.slice(tag.start, tag.start + 8)) && tag.attributes[0]?.value !== null
  if (tag.open && tag.name === 'table')
    return tag.attributes.some(({ value }) => /^\s*(?:https?:)?\/\//i.test(value ?? ''))
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

/** A script tag with code, or with nothing at all; prose that mentions the tag goes on with a blank and words. */
function judgeScript(tag: Tag, lower: string, budget: Budget): Verdict | null {
  if (budget.scripts-- <= 0) return null
  const why = 'A script tag brings its own code.'
  if (!tag.closed) {
    const brings =
      tag.attributes.length === 0 ? tag.end >= lower.length : tag.attributes.some(({ value }) => value !== null)
    return brings ? { rule: 'xss.script', shows: '<script', why } : null
  }
  const code = /^(?:[^<]|<(?!\/))*/.exec(lower.slice(tag.end, tag.end + 512))![0]
  if (/[(=`;[{]|\w\.\w|<!--|\/[/*]|&#/.test(code) || hasSink(code))
    return { rule: 'xss.script', shows: '<script> with code', why }
  const next = lower.slice(tag.end, tag.end + 1)
  // At the end of a value that is no sentence it takes what follows.
  const isLast = tag.end >= lower.trimEnd().length && !/\s/.test(lower.slice(0, tag.start).trimStart())
  return next === '<' || isLast || (tag.name.includes(':') && tag.attributes.length > 0)
    ? { rule: 'xss.script', shows: '<script>', why }
    : null
}

function judgeMeta(tag: Tag): Verdict | null {
  const equiv = tag.attributes.find(attribute => attribute.name === 'http-equiv')?.value?.toLowerCase()
  const charset = tag.attributes.find(attribute => attribute.name === 'charset')?.value?.toLowerCase()
  if (
    charset !== undefined &&
    !/^["']?(?:utf-?8|utf-16|us-ascii|iso-8859-\d+|windows-\d+|shift_jis|euc-\w+|big5|gb\w+|koi8-\w+)\b/.test(charset)
  )
    return {
      rule: 'xss.meta',
      shows: `<meta charset=${charset.slice(0, 64)}>`,
      why: 'A meta tag has the page read in another character set.',
    }
  if (equiv === undefined) return null
  const content = tag.attributes.find(attribute => attribute.name === 'content')?.value?.toLowerCase() ?? ''
  const type = equiv === 'content-type' && (content === '' || /charset=(?:utf-7|x-)/.test(content))
  if (!type && !/refresh|set-cookie|link|content-security/.test(equiv)) return null
  return {
    rule: 'xss.meta',
    shows: `<meta http-equiv=${equiv.slice(0, 64)}>`,
    why: `A meta tag acts as the header ${equiv}.`,
  }
}

function judgeAttribute({ name, value }: Attribute, tag: Tag): Verdict | null {
  if (value === null) return null
  const plain = name.replace(/[\0-\x1f]/g, '')
  const shows = `<${tag.name} ${plain.slice(0, 64)}>`
  if (isHandler(plain, value, tag) && !isComponentHandler(value))
    return { rule: 'xss.event-handler', shows, why: `The tag ${tag.name} runs script on the event ${plain.slice(2)}.` }
  if (plain === 'style' && isScriptStyle(value))
    return { rule: 'xss.style', shows, why: 'A style attribute runs script in old browsers.' }
  if (plain === 'datasrc' || plain === 'dataformatas')
    return {
      rule: 'xss.loader',
      shows,
      why: `The attribute ${plain} fills the tag with data from elsewhere, as markup.`,
    }
  if (plain === 'srcdoc')
    return { rule: 'xss.loader', shows, why: 'The attribute srcdoc brings a document of its own.' }
  if (plain === 'language' && /script/i.test(value))
    return { rule: 'xss.script', shows, why: 'The attribute language names a script language.' }
  const calls = directiveReach(plain, value)
  if (calls !== null)
    return {
      rule: 'xss.directive',
      shows: `${shows} ${calls}`,
      why: `The attribute ${plain} is evaluated by a framework, and reaches for ${calls}.`,
    }
  if (!URLS.has(plain) || !isScriptUrl(value)) return null
  return { rule: 'xss.script-url', shows, why: `The attribute ${plain} holds a URL that is script.` }
}

/** Of an event that there is, on a tag that is known, or with a call that gives it away. */
function isHandler(name: string, value: string, tag: Tag): boolean {
  if (!/^on[a-z]{3,40}$/.test(name)) return false
  return EVENT_HANDLERS.has(name) || TAGS.has(tag.name) || /alert|confirm|prompt|eval|cookie|document\./i.test(value)
}

/** `onClick={() => save(1)}` in component code (JSX) is no HTML; with a browser's sink in it it may well be. */
function isComponentHandler(value: string): boolean {
  return (value.startsWith('{') || value.startsWith('$event') || value === '') && !hasSink(value.toLowerCase())
}
