/** What the structure of a multipart body shows by itself: it is made to be read by one server in another way than by the next. */
import type { Note } from '#schemas/contracts/detector.ts'
import { hidesAscii, splitsAscii, textIn } from '../../text/charset.ts'
import type { Head } from './head.ts'

/** The header names several boundaries: `named`. */
export function noteBoundaries(named: readonly string[], note: Note): void {
  if (named.length < 2) return
  note({
    attack: 'smuggling',
    rule: 'smuggling.multipart-boundary',
    severity: 'high',
    evidence: named.join('; '),
    shows: `${named.length} boundaries`,
    why: 'The content type names several boundaries: one server finds other fields in the body than the next.',
    unless: 'The content type would name one boundary.',
  })
}

/** What a part declares about its content. */
export interface Declared {
  /** A transfer encoding that changes it. */
  readonly coding: string | null
  readonly charset: string | null
  /** It is the field of a form that names the charset of the others. */
  readonly forAll: boolean
}

/** `inForm`: in a form. Messages of mail and of business partners have encodings and charsets by right. */
export function notePart(head: Head, { coding, charset, forAll }: Declared, inForm: boolean, note: Note): void {
  if (head.odd !== null) noteOddLine(head.odd, note)
  if (head.dispositions > 1 || head.names.length > 1) noteNames(head, note)
  if (head.files.length > 1) noteFiles(head.files, note)
  noteTypes(head, note)
  if (charset !== null && inForm) noteCharset(charset, forAll, note)
  if (coding !== null && inForm) noteCoding(coding, note)
}

function noteOddLine(line: string, note: Note): void {
  note({
    attack: 'smuggling',
    rule: 'smuggling.part-header',
    severity: 'high',
    evidence: line,
    why: 'A header line of a part holds a control character, or a blank inside of its name: one server reads the field, another skips it.',
    unless: 'The line would be a plain name, a colon and a printable value.',
  })
}

function noteNames({ dispositions, names }: Head, note: Note): void {
  note({
    attack: 'smuggling',
    rule: 'smuggling.part-name',
    severity: 'high',
    evidence: names.join('; '),
    shows: dispositions > 1 ? `${dispositions} dispositions of one part` : `${names.length} names of one part`,
    why: 'A part says twice what it is: one server takes the first name, another the last, and only one of them sees a file.',
    unless: 'The part would have one Content-Disposition with one name.',
  })
}

/** A plain name beside an extended one is ordinary; another kind of file is not. */
function noteFiles(files: readonly string[], note: Note): void {
  const kinds = new Set(files.map(name => name.slice(name.lastIndexOf('.') + 1).toLowerCase()))
  if (kinds.size < 2) return
  note({
    attack: 'smuggling',
    rule: 'smuggling.part-file',
    severity: 'high',
    evidence: files.join('; '),
    shows: `extensions ${[...kinds].join(', ')}`,
    why: 'A file has two names with different extensions: what one server allows, another stores.',
    unless: 'Both names would have the same extension.',
  })
}

function noteTypes({ fields }: Head, note: Note): void {
  const types = new Set(
    fields.flatMap(([name, value]) => (name === 'CONTENT-TYPE' ? [value.split(';', 1)[0]!.trim().toLowerCase()] : [])),
  )
  if (types.size < 2) return
  note({
    attack: 'smuggling',
    rule: 'smuggling.part-type',
    severity: 'high',
    evidence: [...types].join('; '),
    shows: `${types.size} types of one part`,
    why: 'A part has several content types: what one server checks is not what the next one takes it for.',
    unless: 'The part would have one content type.',
  })
}

/** Browsers name the charset of a page for all fields, be it Shift_JIS; no part has it for itself. */
function noteCharset(charset: string, forAll: boolean, note: Note): void {
  const hides = hidesAscii(charset)
  if (!hides && (forAll || !splitsAscii(charset)) && textIn(charset, new Uint8Array(0)) !== null) return
  note({
    attack: 'smuggling',
    rule: 'smuggling.part-charset',
    severity: hides ? 'medium' : 'low',
    evidence: charset,
    why: 'A part declares a charset in which its bytes are not the characters they seem to be: who does not decode it sees something else.',
    unless: 'The part would be in UTF-8, Latin-1 or another charset that leaves ASCII as it is.',
  })
}

function noteCoding(coding: string, note: Note): void {
  note({
    attack: 'smuggling',
    rule: 'smuggling.part-encoding',
    severity: 'low',
    evidence: coding,
    why: 'A part is under a transfer encoding, which forms do not have (RFC 7578 §4.7): only some servers decode it.',
    unless: 'The part would be sent as it is.',
  })
}
