/**
 * Command lines of mail protocols, as a value holds them that was given line ends of its own. Each takes a line without its
 * end, in lower case, and says which command it is.
 *
 *     SMTP  (RFC 5321 §4.1)   "RCPT TO:<" path ">"   "EHLO" SP domain   "DATA"
 *     POP3  (RFC 1939)        "RETR" SP number       "USER" SP name
 *     IMAP  (RFC 9051 §9)     tag SP command [SP arguments]        tag = up to four letters and digits, one digit at least
 */

const SMTP: readonly RegExp[] = [
  /^(?:mail from|rcpt to|send from|saml from|soml from) ?: ?<?[^\s<>]{0,254}>?(?: [\w=-]{1,64}){0,4}$/,
  /^(?:helo|ehlo|lhlo) \[?[\w.:-]{1,254}\]?$/,
  /^(?:vrfy|expn) <?[\w.@+-]{1,254}>?$/,
  /^(?:rset|starttls|etrn [\w.@-]{1,254})$/,
  /^auth (?:plain|login|cram-md5|digest-md5|ntlm|xoauth2|external|gssapi)(?: [\w+/=]{1,512})?$/,
]

const POP3: readonly RegExp[] = [
  /^(?:retr|dele|uidl) \d{1,9}$/,
  /^apop \S{1,254} [\da-f]{32}$/,
  /^auth \S{1,64} [\w+/]{8,512}={0,2}$/,
]

/** Words of people too: commands only where nothing but an address stands before them. */
const PLAIN: readonly (readonly [Command['protocol'], RegExp])[] = [
  ['SMTP', /^(?:data|quit|turn|help [\w-]{1,32})$/],
  ['POP3', /^(?:list \d{1,9}|top \d{1,9} \d{1,9}|stat|capa|uidl|stls|noop)$/],
]

/** Only one after the other: alone they are words of people. */
const POP3_LOGIN = [/^user \S{1,254}$/, /^pass \S{1,254}$/] as const

const IMAP_TAG = /^(?=[a-z]{0,4}\d)[a-z\d]{1,6} (?:uid )?([a-z]{4,12})(?: (.{1,512}))?$/

/** What has to follow the command; undefined: no such command. */
const IMAP: ReadonlyMap<string, RegExp> = new Map([
  ['capability', /^$/],
  ['noop', /^$/],
  ['logout', /^$/],
  ['starttls', /^$/],
  ['check', /^$/],
  ['close', /^$/],
  ['expunge', /^$/],
  ['namespace', /^$/],
  ['idle', /^$/],
  ['authenticate', /^[\w-]{2,32}(?: \S{1,512})?$/],
  ['login', /^(?:"[^"]{0,254}"|\S{1,254}) (?:"[^"]{0,254}"|\S{1,254})$/],
  ['select', /^(?:inbox|"[^"]{1,254}"|\S{1,254})$/],
  ['examine', /^(?:inbox|"[^"]{1,254}"|\S{1,254})$/],
  ['create', /^(?:"[^"]{1,254}"|\S{1,254})$/],
  ['delete', /^(?:"[^"]{1,254}"|\S{1,254})$/],
  ['rename', /^(?:"[^"]{1,254}"|\S{1,254}) (?:"[^"]{1,254}"|\S{1,254})$/],
  ['subscribe', /^(?:"[^"]{1,254}"|\S{1,254})$/],
  ['unsubscribe', /^(?:"[^"]{1,254}"|\S{1,254})$/],
  ['list', /^(?:"[^"]{0,254}"|\S{1,254}) (?:"[^"]{0,254}"|\S{1,254})$/],
  ['lsub', /^(?:"[^"]{0,254}"|\S{1,254}) (?:"[^"]{0,254}"|\S{1,254})$/],
  ['status', /^(?:"[^"]{1,254}"|\S{1,254}) \([a-z ]{1,128}\)$/],
  ['append', /^(?:"[^"]{1,254}"|\S{1,254}) .{0,200}\{\d{1,9}\+?\}$/],
  ['search', /^(?:all|charset|from|to|subject|text|body|unseen|seen|since|before|\d).{0,254}$/],
  ['fetch', /^[\d*:,]{1,64} .{1,254}$/],
  ['store', /^[\d*:,]{1,64} [+-]?flags.{0,254}$/],
  ['copy', /^[\d*:,]{1,64} .{1,254}$/],
])

interface Command {
  readonly protocol: 'SMTP' | 'POP3' | 'IMAP'
  /** Its first word. */
  readonly name: string
}

/** The command on a line; `next` is the line after it, `bare` allows words of people. Null when it is none. */
export function commandOf(line: string, next: string | undefined, bare: boolean): Command | null {
  const name = line.slice(0, 32).split(/[ :]/, 1)[0]!
  const plain = bare ? PLAIN.find(([, form]) => form.test(line)) : undefined
  if (plain !== undefined) return { protocol: plain[0], name }
  if (SMTP.some(form => form.test(line))) return { protocol: 'SMTP', name }
  if (POP3.some(form => form.test(line))) return { protocol: 'POP3', name }
  if (POP3_LOGIN[0].test(line) && next !== undefined && POP3_LOGIN[1].test(next)) return { protocol: 'POP3', name }
  const tagged = IMAP_TAG.exec(line)
  const form = tagged === null ? undefined : IMAP.get(tagged[1]!)
  if (form?.test(tagged?.[2] ?? '')) return { protocol: 'IMAP', name: tagged![1]! }
  return null
}
