/** Script and markup in alphabets that hide it: six characters, names of signs only, UTF-7. */

export interface Obscure {
  readonly rule: 'xss.symbols' | 'xss.utf7'
  readonly at: number
  readonly shows: string
  readonly why: string
}

/** A run of brackets, signs and blanks that makes letters of empty arrays (JSFuck). */
const SIX = /[[\]()!+ ]{20,}/

/** The same, short, as the whole value. */
const WHOLE = /^(?=[^a-z]*!(?:\[\]|[!+ ]\[\]))[[\]()!+ ]{4,32}$/

const SYMBOLS = 'Brackets and signs alone are a program that makes its letters from empty arrays.'

/** Names made of signs, numbered up from ~[] (jjencode). */
const SIGNS = /[$_]{1,8}=~\[\];[$_]{1,8}=\{/

/** Angle brackets in UTF-7 (RFC 2152) around a name; forms turn the plus into a blank. */
const UTF7 = /[+ ]adw-\/?[a-z!]|<\/?[a-z][^<>]{0,64}[+ ]ad4-/

export function obscureOf(lower: string): Obscure | null {
  const six = lower.includes('[]') ? SIX.exec(lower) : null
  if (six?.[0].includes('[]') && /!\[\]|!\+\[\]/.test(six[0])) {
    return {
      rule: 'xss.symbols',
      at: six.index,
      shows: '[]()!+ only',
      why: SYMBOLS,
    }
  }
  if (lower.length <= 32 && WHOLE.test(lower)) return { rule: 'xss.symbols', at: 0, shows: '[]()!+ only', why: SYMBOLS }
  const signs = lower.includes('=~[]') ? SIGNS.exec(lower) : null
  if (signs !== null)
    return {
      rule: 'xss.symbols',
      at: signs.index,
      shows: '$=~[];$={',
      why: 'A program names everything with signs to hide what it calls.',
    }
  const utf7 = lower.includes('adw-') || lower.includes('ad4-') ? UTF7.exec(lower) : null
  if (utf7 === null) return null
  return {
    rule: 'xss.utf7',
    at: utf7.index,
    shows: 'a tag in UTF-7',
    why: 'A tag is written in UTF-7, which browsers that guess the character set read as markup.',
  }
}

/**
 * The text with every eighth bit dropped, as old browsers read pages in US-ASCII: \u00bcscript\u00be is a tag. Null when that makes
 * no angle brackets.
 */
export function sevenBit(text: string): string | null {
  if (!/\u00bc[!/a-z]/i.test(text)) return null
  return text.slice(0, 4096).replace(/[\u0080-\u00ff]/g, char => String.fromCharCode(char.charCodeAt(0) & 0x7f))
}
