/** JavaScript as attackers leave it: script URLs, calls of a browser's sinks, and breaks out of a script's strings. */
import { decodeEntities } from '../../text/entities.ts'

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
  const url = decodeEntities(decodeEntities(value.slice(0, 4096)))
    .replace(/[\0-\x20\u00a0\\]/g, '')
    .toLowerCase()
  const scheme = /(?:^|["'=(,;\]])(?:javascript|vbscript|livescript|jscript|mocha):(.{0,256})/s.exec(url)
  if (scheme !== null) return !/^(?:void\(?0?\)?;?|;|false;?|returnfalse;?|#|)$/.test(scheme[1]!)
  return /^data:(?:text\/(?:html|xml|javascript|x-javascript)|image\/svg\+xml|application\/(?:xhtml\+xml|javascript|x-javascript|xml))[;,]/.test(
    url,
  )
}

/** In a whole value, not an attribute: script scheme followed by code. `JavaScript: The Good Parts` is a book. */
export function isScriptUrlValue(text: string): boolean {
  const url = decodeEntities(decodeEntities(text.slice(0, 4096))).toLowerCase()
  const found =
    /(?:^|[\s"'=(,;>])j[\0-\x20\\]{0,4}a[\0-\x20\\]{0,4}v[\0-\x20\\]{0,4}a[\0-\x20\\]{0,4}s[\0-\x20\\]{0,4}c[\0-\x20\\]{0,4}r[\0-\x20\\]{0,4}i[\0-\x20\\]{0,4}p[\0-\x20\\]{0,4}t[\0-\x20\\]{0,4}:(.{0,512})/s.exec(
      url,
    )
  const other = found === null ? /(?:^|[\s"'=(,;>])(?:vbscript|livescript):(.{0,512})/s.exec(url) : null
  const code = (found ?? other)?.[1]
  if (code === undefined) return false
  if (/^\s*(?:void\s*\(?\s*0?\s*\)?;?|;|false;?|#|)\s*$/.test(code))
    return found !== null && /[\0-\x1f\\]/.test(found[0].slice(0, -code.length).trim())
  return hasSink(code) || /^\s*(?:\/\/|\/\*|["'`]|[\w$.[\]'"]{1,64}\s{0,4}[(=`]|%0|\\u|\()/.test(code)
}

/**
 * `';alert(1)//`, `"-confirm(1)-"`: a quote ends a string of a script, an operator or separator follows, then a sink with
 * nothing but signs and key words before it.
 */
const BREAKOUT =
  /["'\x60]\s{0,4}(?:[-+*/%^|&<>,;?:})\]]|\bin\b|\binstanceof\b)[\s;:,()}\][!~+*|&/-]{0,16}(?:(?:void|typeof|new|delete|throw|return|if|in)\b[\s(]{0,4}){0,2}(?:(?:var|let|const)\s{1,4}\w{1,16}\s{0,4}=\s{0,4})?/g

/** Breakouts of one value that are looked at. */
const MAX_BREAKOUTS = 16

export function isBreakout(lower: string): boolean {
  if (!hasSink(lower)) return false
  let seen = 0
  for (const found of lower.matchAll(BREAKOUT)) {
    if (seen++ >= MAX_BREAKOUTS) return false
    const after = lower.slice(found.index + found[0].length, found.index + found[0].length + 96)
    const sink = LOUD_CALL.exec(after) ?? SINK_PROPERTY.exec(after)
    if (sink?.index === 0) return true
  }
  return false
}

/** Sinks that ordinary code does not call right after a string. */
const LOUD_CALL = new RegExp(
  String.raw`(?:^|[^\w$.])(?:window\.|top\.|self\.|parent\.|this\.|document\.|globalthis\.)?(?:(?:alert|confirm|prompt|eval|settimeout|setinterval|atob|btoa|(?:string\.)?fromcharcode|execscript|importscripts|write|writeln)${BLANK}(?:\(|\x60|\?\.\(|\.(?:call|apply|bind)\b)|function\s{0,4}\(\s{0,4}(?:["'\x60]|\)$))`,
)

/** The value as a whole is one expression that calls a sink: `alert(1)`, `setTimeout(name, 1)`, `(document)["cookie"]`. */
export function isBareSink(lower: string): boolean {
  if (
    lower.length > 400 ||
    lower.includes('\n') ||
    (lower.includes('=>') && !/alert|prompt|confirm|eval|cookie/.test(lower))
  )
    return false
  const text = lower.trim().replace(/^new\s+/, '')
  const call = LOUD_CALL.exec(text.slice(0, 96))
  if (call !== null && call.index <= 1 && /^[^a-z]{0,4}(?:new\s+)?[\w$.]+/.test(text))
    return /[)`;/\]]\s*$/.test(text) || text.includes('(')
  const property = SINK_PROPERTY.exec(text.slice(0, 96))
  return (
    property !== null && property.index <= 4 && !/^[a-z]+\.(?:location|name|body|open|domain|referrer)\b\W*$/.test(text)
  )
}

/** `{{constructor.constructor('alert(1)')()}}`, `${'${'}alert(1)}`: template expressions that reach for code. */
export function isTemplateEscape(lower: string): boolean {
  const at = lower.search(/\{\{|\$\{|#\{/)
  if (at < 0) return false
  const expression = lower.slice(at + 2, at + 300)
  return (
    /\bconstructor\b.{0,64}(?:constructor|\(|\[)|\$eval\s?\(|\$on\.curry|__proto__/.test(expression) ||
    /^\s*(?:alert|confirm|prompt|eval)\s?[(`]/.test(expression)
  )
}
