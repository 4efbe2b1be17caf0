/** Header fields of a mail (RFC 5322 §3.6, RFC 2045), as a value adds them that was given line ends of its own. */

const FIELD = /^([a-z][a-z-]{1,40})[ \t]{0,4}:[ \t]{0,8}(.{0,400})/

const ADDRESS = /[^\s@<>,;:"]{1,64}@[\w.-]{1,254}/

/** Fields that carry addresses, and what else a mail is steered by. */
const ADDRESSED = /^(?:bcc|cc|to|from|sender|reply-to|return-path|disposition-notification-to|resent-(?:to|cc|bcc))$/
const STEERING =
  /^(?:mime-version|content-type|content-transfer-encoding|content-disposition|x-mailer|x-priority|importance)$/

type Field = 'blind-copy' | 'address' | 'subject' | 'steering'

interface Header {
  readonly field: Field
  readonly name: string
}

/** The header field on a line in lower case, or null. */
export function headerOf(line: string): Header | null {
  const found = FIELD.exec(line)
  if (found === null) return null
  const [, name = '', value = ''] = found
  if (ADDRESSED.test(name)) {
    if (!ADDRESS.test(value)) return null
    return { field: name === 'bcc' ? 'blind-copy' : 'address', name }
  }
  if (name === 'subject' && value !== '') return { field: 'subject', name }
  if (name === 'mime-version' && value.startsWith('1.0')) return { field: 'steering', name }
  if (name.startsWith('content-t') && /^[\w-]{2,40}(?:\/|$|;)/.test(value)) return { field: 'steering', name }
  return STEERING.test(name) && /^[\w-]+;/.test(value) ? { field: 'steering', name } : null
}

/** The text is one address and nothing else, or nothing at all: what the field of a mail form holds. */
export function isAddress(line: string): boolean {
  const text = line.trim()
  return text === '' || (text.length <= 320 && /^(?:[^<>@]{0,64}<)?[^\s@<>,;:"]{1,64}@[\w.-]{1,254}>?$/.test(text))
}
