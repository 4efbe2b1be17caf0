/** JavaScript as attackers leave it: script URLs, calls of a browser's sinks, and breaks out of a script's strings. */
import { codeTokens } from '../../text/code.ts'
import { decodeEntities } from '../../text/entities.ts'
import { type Reach, reachIn } from './sinks.ts'

/** Functions that prove or do harm in a page. */
const CALLS = String.raw`(?:alert|confirm|prompt|eval|settimeout|setinterval|setimmediate|function|atob|btoa|fetch|import|importscripts|execscript|print|msgbox|open|postmessage|fromcharcode|decodeuri|decodeuricomponent|unescape|xmlhttprequest|\$|write|writeln|insertadjacenthtml|createelement|sendbeacon|globaleval|constructor)`

const BLANK = String.raw`(?:\s|/\*[^*]{0,64}\*/){0,16}`

/** alert(…, alert`…`, window['alert'](…, alert.call(… */
const SINK_CALL = new RegExp(
  String.raw`(?:^|[^\w$.])(?:window\.|top\.|self\.|parent\.|frames\.|this\.|document\.|globalthis\.|string\.)?${CALLS}${BLANK}(?:\(|\x60|\?\.\(|\.(?:call|apply|bind)\b)`,
)

const SINK_PROPERTY = new RegExp(
  String.raw`\b(?:document|window|self|top|parent|frames|globalthis|location|navigator)${BLANK}\)?${BLANK}(?:\.${BLANK}(?:cookie|domain|location|write|writeln|body|documentelement|referrer|innerhtml|outerhtml|localstorage|name|open|eval|alert|sendbeacon|href|hash|constructor)\b|\[${BLANK}(?:["'\x60\\/]|[a-z]+\b${BLANK}[\](+]))`,
)

/** Does lower-case code call or read what attacks want? */
export function hasSink(code: string): boolean {
  return SINK_CALL.test(code) || SINK_PROPERTY.test(code)
}

/**
 * `javascript:` and its like, as a browser reads an attribute: character references decoded, blanks and control
 * characters dropped. `javascript:void(0)` and `javascript:;` do nothing and are common.
 */
export function isScriptUrl(value: string): boolean {
  if (!value.includes(':') && !value.includes('&')) return false
  const url = decodeEntities(decodeEntities(value.slice(0, 4096)))
    .replace(/[\0-\x20\u00a0\\]/g, '')
    .toLowerCase()
  const scheme = /(?:^|["'=(,;\]])(?:javascript|vbscript|livescript|jscript|mocha):(.{0,256})/s.exec(url)
  if (scheme !== null) return !/^(?:void\(?0?\)?;?|;|false;?|returnfalse;?|#|)$/.test(scheme[1]!)
  return /^data:(?:text\/(?:html|xml|javascript|x-javascript)|image\/svg\+xml|application\/(?:xhtml\+xml|javascript|x-javascript|xml))[;,]/.test(
    url,
  )
}

/** A scheme with the blanks and backslashes that browsers drop, at the beginning of a word. */
function loose(scheme: string): RegExp {
  return new RegExp(String.raw`(?:^|[\s"'=(,;>])(${[...scheme].join(String.raw`[\0-\x20\\]{0,4}`)}):(.{0,512})`, 's')
}

const SCHEMES = ['javascript', 'vbscript', 'livescript'].map(loose)

/** In a whole value, not an attribute: script scheme followed by code. `JavaScript: The Good Parts` is a book. */
export function isScriptUrlValue(text: string): boolean {
  if (isDocumentUrl(text)) return true
  if (!text.includes(':') && !text.includes('&')) return false
  const url = decodeEntities(decodeEntities(text.slice(0, 4096))).toLowerCase()
  for (const scheme of SCHEMES) {
    const found = scheme.exec(url)
    if (found !== null) return isRun(found[2]!, found[1]!, url.trim().startsWith(found[1]!))
  }
  return false
}

/** `whole`: the URL is the value. */
function isRun(code: string, scheme: string, whole: boolean): boolean {
  if (/^\s{0,8}(?:void\s{0,4}\(\s{0,4}0?\s{0,4}\);?|;|#)\s{0,4}["'>)]/.test(code)) return false
  if (/^(?:void\(?0?\)?;?|;|false;?|#|)$/.test(code.replace(/\s+/g, ''))) return /[\0-\x1f\\]/.test(scheme)
  if (whole && /^(?:name\b|[^\s:]{0,200}[=\\([.<][^\s:]*$)/.test(code)) return true
  return hasSink(code) || /^\s*(?:\/\/|\/\*|["'`]|[\w$.[\]'"]{1,64}\s{0,4}[(=`]|%0|\\u|\()/.test(code)
}

/** A short data: URL of a page: longer ones are uploaded files. */
function isDocumentUrl(text: string): boolean {
  return (
    text.length <= 2048 &&
    text.includes('data:') &&
    /^\s{0,8}data:(?:text\/html|application\/(?:xhtml\+xml|javascript)|text\/javascript)[;,]/.test(text)
  )
}

/** `{{constructor.constructor('alert(1)')()}}`, `${alert(1)}`: template expressions that reach for code. */
export function templateEscape(lower: string): Reach | null {
  const at = lower.search(/\{\{|\$\{|#\{|\[\[/)
  if (at < 0) return null
  const tokens = codeTokens(lower, at + 2, Math.min(lower.length, at + 300), 80)
  const reach = reachIn(tokens, lower)
  if (
    reach !== null &&
    (CONSTRUCTED.test(reach.what) || tokens[0]?.start === reach.at || /^(?:document|window)/.test(reach.what))
  )
    return reach
  const expression = lower.slice(at + 2, at + 300)
  const found = /\bconstructor\b.{0,64}(?:constructor|\(|\[)|\$eval\s?\(|\$on\.curry|__proto__/.exec(expression)
  return found === null ? null : { what: /^[\w$]+/.exec(found[0])![0], at: at + 2 + found.index }
}

const CONSTRUCTED = /^(?:constructor|function|eval)$/
