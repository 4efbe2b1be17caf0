/**
 * What has to occur in a value before it is read as a command line. Rare names stand for themselves. Names that are words,
 * and those that ordinary requests hold (`curl/8.0`), count behind a separator or with what usually follows them.
 */
import { COMMANDS, names as list } from './commands.ts'
import { wantedNames } from './names.ts'
import { cmdlets } from './powershell.ts'
import { WINDOWS } from './windows.ts'

const LETTERS = list('a b c d e f g h i j k l m n o p q r s t u v w x y z')
const DIGITS = list('1 2 3 4 5 6 7 8 9')

/** Rare as words, but names of packages, fields or user agents. */
const ORDINARY: ReadonlySet<string> = new Set(
  list(
    `wget openssl gzip bzip2 basename realpath chef truncate uptime psql mongo puppet perf od nl sudo openvpn nodejs rm dd nc
     dash perl facter knife valgrind vagrant octave bundler tbl lp pdb rpm dnf apk pip2 pip3 mutt rpmdb base64 md5sum passwd
     strings gcc rsync python2 python3 irb busybox pico lxc pry sha256sum bash zsh csh pax tac axel hydra nmap aspell`,
  ),
)

/** Names that follow a semicolon or an ampersand in headers, cookies and queries all the time. */
const FIELDS: ReadonlySet<string> = new Set(
  list(
    'id version ver date time host path top less http set as at file locale users groups ip type last test name sum w',
  ),
)

const ALL = new Map([
  ...[...WINDOWS].map(([name, { rare }]) => [name, rare] as const),
  ...[...COMMANDS].map(([name, { rare }]) => [name, rare] as const),
])
const NAMES = [...ALL.keys()].filter(name => /^[a-z0-9.-]{2,}$|^w$/.test(name))
const RARE = NAMES.filter(name => ALL.get(name)! && !ORDINARY.has(name))
const COMMON = NAMES.filter(name => !RARE.includes(name))

/** Enough of a name to be seldom something else. */
const HEAD = 5

/** Families whose commands need no argument. */
const BARE: ReadonlySet<string> = new Set(['ask', 'shell'])

/** A short name that needs an argument counts with the blank behind it: `; cp` is in `; CPU iPhone OS`. */
function behindSeparators(name: string): readonly string[] {
  const family = COMMANDS.get(name)?.family
  const bare = family !== undefined && BARE.has(family) && name.length > 1
  const head = name.length > HEAD || bare ? name.slice(0, HEAD) : `${name} `
  const tight = bare ? [`%26${name}`, ...ENDS.map(end => `&${name}${end}`)] : []
  if (FIELDS.has(name))
    return [
      `|${head}`,
      `| ${head}`,
      `;${head}`,
      ...[' ', "'", '"', ')'].map(before => `${before}; ${head}`),
      `& ${head}`,
      `&${name} `,
      `%0a${name}`,
      ...tight,
    ]
  return [
    `|${head}`,
    `| ${head}`,
    `;${head}`,
    `; ${head}`,
    `& ${head}`,
    bare ? `&${name}` : `&${name} `,
    `%0a${name}`,
    ...tight,
  ]
}

/** What follows a command, but no name of a field in a query. */
const ENDS = ['&', ';', '|', '#', '`', '"', "'", ')']

const READERS = list(
  'cat head tail more less ls cp mv ln find vi vim nano grep egrep cd sh ash bash tar zip tee touch sort rm source gcc gzip strings od nl tac base64 rev stat file sudo time nc perl passwd',
)
const RUNNERS = list(
  'python python2 python3 perl ruby php lua awk sed bash sh zsh node curl wget ssh ping dig id ps df du ss who env uptime perf nc openssl rm dd sudo timeout git',
)
const FETCHERS = list('curl wget fetch lynx')

/** `w\ho`, `w"h"o`: pairs of letters in names. Escapes of JSON and of expressions are no sign. */
const PAIRS = new Set(
  NAMES.filter(name => /^[a-z]+$/.test(name)).flatMap(name => [...name.slice(1)].map((letter, i) => name[i]! + letter)),
)
const ESCAPES = 'ntrubf'

export const names: readonly string[] = wantedNames

export const words: readonly string[] = [...RARE, ...cmdlets]

export const literals: readonly string[] = [
  ...new Set([
    ...COMMON.flatMap(behindSeparators),
    ...READERS.flatMap(name => [`${name} /`, `${name} -`, `${name} ./`, `${name} ../`, `${name} ~`]),
    ...RUNNERS.map(name => `${name} -`),
    ...FETCHERS.flatMap(name => [`${name} http`, `${name} ftp:`, `${name} 1`, `${name}$`]),
    ...DIGITS.flatMap(digit => [`sleep ${digit}`, `!-${digit}`, `ping ${digit}`, `timeout ${digit}`]),
    ...LETTERS.flatMap(letter => [`'${letter}'`, `${letter}""`, `\`${letter}`]),
    ...[...PAIRS].flatMap(pair => [
      `${pair[0]}"${pair[1]}`,
      ...(ESCAPES.includes(pair[1]!) ? [] : [`${pair[0]}\\${pair[1]}`]),
    ]),
    ...list('{cat {ls {echo {curl {wget {ping {sleep {nc {rm'),
    ...list("'' `` `/ $( ${ <( >( && || ;> |$ ;$ ; $ & $ ;! |! ;/ |/ ; / | / ;. $@ $* $$ $ifs $u $'"),
    ...list(
      '/etc/ /bin/ /proc/ /var/log /var/www /dev/tcp /dev/udp passwd /??? ??/ /*/ ?/? /b?n /bi? /b*/ /e?? /et* /e*c /e*/ /s?',
    ),
    ...list(
      '(){ >& <<< -lvp -nlvp -lvnp -lnvp -nvlp -wrapper .shell .system ~- python3. python2. ruby2. php5. php7. lua5.',
    ),
    ...list(
      ':~0 :~1 :~- :~3 :~4 :~5 :~6 iex( frombase64string downloadstring downloadfile net.webclient amsiutils reflection.assembly wscript.shell [char]',
    ),
    ...list('dir type copy del net reg sc').flatMap(name => [`${name} c:`, `${name} %`]),
    ...list('iex iwr irm gci sal').flatMap(name => [
      `;${name} `,
      `; ${name} `,
      `|${name}`,
      `| ${name}`,
      `${name} (`,
      `${name} $`,
      `${name} http`,
      `${name} "`,
      `${name} '`,
      `${name} -`,
    ]),
    ...LETTERS.map(letter => `^${letter}`),
    'cmd /',
    'comspec',
    'c99 ',
    ';env',
    '|env',
    '; env',
    ';w',
    '; w ',
    ';cat<',
    '</etc',
    'nc 1',
    ' ; w',
    'system32',
    'if exist',
    'sc create',
    'openssl s',
    ' ls ',
    'cmd.exe',
    'net user',
    'net localgroup',
    'set /a',
    'for /f',
    'for /l',
    'ping -n',
    'powershell',
    `;"`,
    `;'`,
    `|"`,
    `|'`,
    `$shell`,
    '~ ',
    '() {',
    '( ) {',
    '()  {',
  ]),
].filter(needle => needle.length > 1)
