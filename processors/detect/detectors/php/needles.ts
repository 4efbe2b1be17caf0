import { DISTINCT, FAMILIES, SHORT } from './functions.ts'
import { SETTING_NEEDLES } from './settings.ts'
import { SUPERGLOBALS } from './tags.ts'

/** What may stand between the name of a function and its parenthesis, or the beginning of it. */
const GAPS = ['(', ' (', '/*']

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
    ...DISTINCT.filter(name => !FAMILIES.some(stem => name.startsWith(stem))),
    ...FAMILIES,
    ...SHORT.flatMap(name => GAPS.map(gap => name + gap)),
    'require(',
    'require_once',
    "('",
    '("',
    '($',
    ')(',
    '@print',
    ') (',
    "'.'",
    '"."',
    "' . '",
    '" . "',
    '://',
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
