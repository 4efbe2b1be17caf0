import { CALLBACKS, DISTINCT, FAMILY_NEEDLES, RUNNERS, SHORT } from './functions.ts'
import { SETTING_NEEDLES } from './settings.ts'
import { SUPERGLOBALS } from './tags.ts'

/** What may stand between the name of a function and its parenthesis, or the beginning of it. */
const GAPS = ['(', ' (', '/*']

/** Long enough, or put together from words, so that it does not occur in ordinary text. */
function isRare(name: string): boolean {
  return name.includes('_') || name.length > 9 || CALLBACKS.has(name)
}

/** `<?` behind a letter or digit, or followed by what begins code: not in front of `xml`, with which half of all documents begin. */
const OPEN_TAGS = [
  '<?php',
  '<?=',
  '<? ',
  '<?@',
  '<?$',
  '<?;',
  '<?xml :',
  ...[...'abcdefghijklmnopqrstuvwxyz0123456789'].map(char => `${char}<?`),
]

/** `${_`, `$ { "_`: a variable by its name. */
const BY_NAME = ['${', '$ {', '${ ', '$ { '].flatMap(open => ['_', '"_', "'_", 'globals'].map(name => open + name))

/** What occurs in every value that the judges can find something in. */
export const NEEDLES: readonly string[] = [
  ...new Set([
    ...OPEN_TAGS,
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
    ...BY_NAME,
    '$$',
    '[0](',
    '[1](',
    "'](",
    '"](',
    "('",
    '("',
    ')(',
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
    '. php',
    '. pht',
    '. phar',
    '.phar',
    '.htaccess',
    '.htpasswd',
    '.user.ini',
    '.shtml',
    '.module',
    'invokefunction',
    '\\think',
    'allow_url_',
  ]),
]
