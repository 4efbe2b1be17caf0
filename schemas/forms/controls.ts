/**
 * Characters that some reader takes for the end of a line or for a command to a terminal: C0 and C1 controls, DEL, and the
 * separators U+2028 and U+2029. No form writes one of them as it is.
 */
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g

/** The picture of a control (U+2400 and following), so that a reader sees which it was; U+FFFD for those without. */
export function pictured(text: string): string {
  return text.replace(CONTROL, control => {
    const code = control.charCodeAt(0)
    if (code < 0x20) return String.fromCharCode(0x2400 + code)
    return code === 0x7f ? '\u2421' : '\ufffd'
  })
}

/** One line of JSON. What JSON.stringify leaves of the controls can only stand in strings: it is escaped there. */
export function jsonLine(value: object): string {
  return JSON.stringify(value).replace(CONTROL, control => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
