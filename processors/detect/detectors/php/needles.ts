import { CALLBACKS, DISTINCT, FAMILY_NEEDLES, RUNNERS, SHORT } from './functions.ts'
import { SETTING_NEEDLES } from './settings.ts'
import { SUPERGLOBALS } from './tags.ts'

/** What may stand between the name of a function and its parenthesis, or the beginning of it. */
const GAPS = ['(', ' (', '/*']

/** Long enough, or put together from words, so that it does not occur in ordinary text. */
function isRare(name: string): boolean {
  return name.includes('_') || name.length > 9 || CALLBACKS.has(name)
}

/** What occurs in every value that the judges can find something in. */
export const NEEDLES: readonly string[] = [
  ...new Set([
    '<?',
    '<script language',
    '[php]',
    '[/php]',
    '[\\php]',
    '{php}',
    '{/php}',
    '<%eval',
    ...SUPERGLOBALS,
    ...DISTINCT.flatMap(name => (isRare(name) ? [name] : [`${name}(`, `${name} (`, `${name}/*`])).filter(
      needle => !FAMILY_NEEDLES.some(stem => needle.startsWith(stem)),
    ),
    ...FAMILY_NEEDLES,
    ...SHORT.flatMap(name => GAPS.map(gap => name + gap)),
    ...[...RUNNERS].flatMap(name => [`${name}'(`, `${name}"(`]),
    'require(',
    'require_once',
    '()',
    '${_',
    '${ _',
    '{"_',
    "{'_",
    '${globals',
    '$$',
    '$ {_',
    "('",
    '("',
    '($',
    ')(',
    '](',
    '}(',
    ')/*',
    '@print',
    ') (',
    "'.'",
    '"."',
    "' . '",
    '" . "',
    'php://',
    'expect://',
    'phar://',
    'zip://',
    'glob://',
    'data://',
    'ogg://',
    'rar://',
    'zlib://',
    'bzip2://',
    'ssh2.',
    'input://',
    'filter://',
    'data:text',
    'data:application',
    'data:;base64',
    ...SETTING_NEEDLES,
    'sess_',
    '.php',
    '.pht',
    '.phar',
    '.htaccess',
    '.htpasswd',
    '.user.ini',
    '.shtml',
    '.module',
    'invokefunction',
    '\\think',
    'allow_url_',
    '-d ',
  ]),
]
