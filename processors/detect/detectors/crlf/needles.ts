/** What occurs in every value that the judges can find something in. */
import { KNOWN } from './headers.ts'

/** Headers of parts of forms: only with what those do not say. */
const OF_PARTS: ReadonlyMap<string, readonly string[]> = new Map([
  ['content-disposition', ['attachment', 'inline']],
  [
    'content-type',
    [
      'text/html',
      'text/xml',
      'text/javascript',
      'image/svg',
      'multipart/',
      'message/',
      'application/x-www',
      'application/javascript',
    ],
  ],
])

export const LITERALS: readonly string[] = [
  // A space stands for any blank, line breaks among them.
  ...[...KNOWN.keys()].flatMap(name => [
    ...(OF_PARTS.get(name) ?? ['']).flatMap(value =>
      value === '' ? [` ${name}:`, ` ${name} :`] : [` ${name}:${value}`, ` ${name}: ${value}`],
    ),
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
  // Without parts there is no boundary.
  ...['json', 'urlencoded', 'plain', 'xml', 'html'].flatMap(type => [`${type}; boundary=`, `${type};boundary=`]),
  ...['application/', 'text/', 'multipart/', 'image/', 'audio/', 'video/', 'font/', 'message/', 'model/'].flatMap(
    type => [`boundary=${type}`, `boundary="${type}`],
  ),
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
