/** Values that are code of PHP as a whole, with nothing in it that names a function of PHP alone. */

/** What shows by a sum that code runs, files that are included without parentheses, and variables without letters, put together. */
const WHOLE: readonly (readonly [what: string, pattern: RegExp])[] = [
  [
    'a hash, printed',
    /^[\s;'")}@&|.]{0,8}(?:print|echo|die|exit|print_r|printf)[\s(@]{1,4}(?:md5|sha1|crc32|strrev|str_rot13)\(/,
  ],
  [
    'a file, included',
    /^[\s;'")}@&|]{0,8}(?:include|require)(?:_once)?\s{1,4}['"](?:https?:|ftp:|\/|\.\.|php:|data:|\\\\)/,
  ],
  [
    'an object over files, made',
    /^[\s;'")}@&|$\w=]{0,24}\bnew\s{1,4}\\?(?:splfileobject|spltempfileobject|splfileinfo|directoryiterator|filesystemiterator|recursivedirectoryiterator|globiterator|ziparchive|phardata|soapclient|ffi)\s?\(/,
  ],
  ['variables without letters', /^[\s;'")}@&|]{0,8}\$_{1,8}\s?\.?=\s?(?:\[\]|\+\+|[@!~(]|"?\$_)/],
]

/** What is found in each of them. */
export const WHOLE_NEEDLES: readonly string[] = [
  ...['md5(', 'sha1(', 'crc32(', 'strrev(', 'str_rot13('].flatMap(call => [` ${call}`, `(${call}`, `@${call}`]),
  ...['include', 'require', 'include_once', 'require_once'].flatMap(word =>
    ["'", '"'].map(quote => `${word} ${quote}`),
  ),
  'splfile',
  'spltempfile',
  'iterator(',
  'new ziparchive',
  'new phardata',
  'new soapclient',
  'new ffi',
  '$_=',
  '$_ =',
  '$_.=',
  '$__',
]

/** What the value is as a whole, or null. */
export function wholeOf(lower: string): string | null {
  return WHOLE.find(([, pattern]) => pattern.test(lower))?.[0] ?? null
}
