/** What occurs in every value that the judges can find something in. */
import { KNOWN } from './headers.ts'

export const LITERALS: readonly string[] = [
  // A space stands for any blank, line breaks among them.
  ...[...KNOWN.keys()].flatMap(name => [
    ` ${name}:`,
    ` ${name} :`,
    `\\n${name}:`,
    `\\r${name}:`,
    `\\n${name} :`,
    `\\r${name} :`,
  ]),
  '$version',
  // Behind characters whose low byte is a line break.
  'set-cookie:',
  ' http/0.',
  ' http/1.',
  ' http/2',
  ' http/3',
  ' <html',
  ' <script',
  ' <svg',
  ' <!doctype',
  // Line breaks that are still encoded: percent, twice percent, escapes, numbers of Unicode, runs of letters cut to bytes.
  '%0d',
  '%0a',
  '%250',
  '%u000',
  '%u010',
  '%e5%98',
  '\\r\\n',
  '\\x0d',
  '\\x0a',
  '\\u000',
  '&#13',
  '&#10',
  '&#xd',
  '&#xa',
  '&#x0',
]

/** Further media types in parameters of one. */
export const MEDIA_TYPES: readonly string[] = [
  'boundary=',
  'charset=application/',
  'charset="application/',
  'charset=text/',
  'charset="text/',
  'charset=multipart/',
  '; application/',
  ';application/',
  '; multipart/',
  ';multipart/',
  '; text/',
  ';text/',
]
