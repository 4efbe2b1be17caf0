/** Markup that runs nothing, in a place where no markup belongs: it shows itself by how the value gets there. */

export interface Injected {
  readonly at: number
  readonly shows: string
  readonly why: string
}

/** Longest value that is nothing but one tag. */
const LONGEST = 512

/** A quote that nothing opened, the end of the tag, and a tag. Those that wake nobody stand directly behind it. */
const OUT_OF_ATTRIBUTE =
  /^[^"'<>\n]{0,24}["'](?:\s{0,4}\/?>\s{0,4}(?=<(?:a href|img|iframe|svg|input|form|button|body|video|audio|textarea|object|embed|applet|base|link|frame|meta|style|title|table|marquee)\b)|>(?=<(?:[bisu]|h[1-6r])>))/

/** The end of an element whose content is text, and a tag. */
const OUT_OF_TEXT =
  /^[^\s"'<>]{0,24}(?=<\/(textarea|title|style|script|noscript|xmp|iframe|noembed|noframes)\s{0,4}>\s{0,4}<[a-z])/

/** A field of a form, and nothing else. */
const FIELD = /^\s{0,8}<(?:input|button|textarea)[\s/]([^<>]{1,400})>\s{0,8}$/

/** What makes it act by itself, or take or send what a person does not see. */
const ACTS =
  /(?:^|[\s"'/])(?:(?:pattern|form|formmethod|formtarget|accesskey)\s{0,4}=|autofocus\b|type\s{0,4}=\s{0,4}["']?(?:password|hidden|image|submit)\b)/

/** A name and signs, and the value ends: what follows in the page becomes attributes. */
const UNFINISHED =
  /^\s{0,8}<(?:noscript|iframe|script|svg|object|embed|textarea|style|title|img|input|form|body|link|base|meta)[^\w\s<>-]{1,8}$/

/** Null when lower-case text at the point brings no such markup. */
export function injectedMarkup(point: readonly string[], lower: string): Injected | null {
  const attribute = OUT_OF_ATTRIBUTE.exec(lower)
  if (attribute !== null)
    return {
      at: 0,
      shows: 'quote, > and a tag',
      why: 'The value ends an attribute and its tag, and goes on with a tag of its own.',
    }
  const text = OUT_OF_TEXT.exec(lower)
  if (text !== null)
    return {
      at: text[0].length,
      shows: `</${text[1]} and a tag`,
      why: `The value ends an element ${text[1]} that it did not begin, and goes on with a tag of its own.`,
    }
  // Documents hold what editors and programs write.
  if (lower.length > LONGEST || point.includes('json_doc')) return null
  const field = FIELD.exec(lower)
  if (field !== null && ACTS.test(field[1]!))
    return {
      at: 0,
      shows: 'field of a form',
      why: 'The value is a field of a form that acts by itself, or that nobody sees.',
    }
  return UNFINISHED.test(lower)
    ? { at: 0, shows: 'a tag without its end', why: 'The value is the beginning of a tag that the page goes on with.' }
    : null
}
