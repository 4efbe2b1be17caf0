/**
 * What has to occur in a value before it is read as a command line. Rare names stand for themselves. Names that are words,
 * and those that ordinary requests hold (`curl/8.0`), count behind a separator or with what usually follows them.
 */
import { COMMANDS, names as list } from './commands.ts'
import { wantedNames } from './names.ts'
import { optionNeedles } from './options.ts'
import { blockNeedles, cmdlets, staticNeedles } from './powershell.ts'
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
const NAMES = [...ALL.keys()].filter(name => /^[a-z0-9._-]{2,}$|^w$/.test(name))
const RARE = NAMES.filter(name => ALL.get(name)! && !ORDINARY.has(name))
const COMMON = NAMES.filter(name => !RARE.includes(name))

/** Enough of a name to be seldom something else. */
const HEAD = 5

/** Separators in front of which and behind which nothing ordinary stands so close. */
const CLOSE = [';', '|', '`', '%0a', '%0d']
const SPACED = ['; ', '| ', '& ']
/** The same for names of fields, which follow semicolons in headers and cookies. */
const SPACED_FIELD = [' ; ', "'; ", '"; ', '); ', '| ', '& ']
/** What follows a command behind `&`, but no name of a field in a query. */
const ENDS = ['&', ';', '|', '#', '`', '"', "'", ')', ' ']

/**
 * A name behind separators. Far from them, a short name that needs arguments counts with the blank behind it: `; cp` is in
 * `; CPU iPhone OS`.
 */
function behindSeparators(name: string): readonly string[] {
  const head = name.slice(0, HEAD)
  const bare = isBare(name)
  const far = bare ? head : `${name} `
  const near = name.length > 1 && !SHORT_NEAR.has(name) ? head : `${name} `
  const field = FIELDS.has(name)
  return [
    ...CLOSE.map(separator => separator + (separator === '`' ? far : near)),
    ...(field ? SPACED_FIELD : SPACED).map(
      separator => separator + (COOKIE.has(separator) && field && name !== 'id' ? `${name} ` : far),
    ),
    ...(bare && !field ? [`&${name}`, `%26${name}`] : []),
    ...(bare && field
      ? [`%26${name}`, ...ENDS.flatMap(end => (end === ' ' ? [`&${name} `] : [`&${name}${end}`, `; ${name}${end}`]))]
      : []),
    ...(bare ? [] : [`&${name} `]),
  ]
}

/** Words that other things go on with: `;base64` of data: URLs, `|pr` of tables. */
const SHORT_NEAR: ReadonlySet<string> = new Set(['pr', 'ex', 'base64', 'base32', 'base58'])

/** Separators behind values of cookies and parameters. */
const COOKIE: ReadonlySet<string> = new Set(['"; ', "'; "])

/** It is a command without arguments, too. */
function isBare(name: string): boolean {
  const family = COMMANDS.get(name)?.family
  return name.length > 1 && (family === 'ask' || family === 'shell' || WINDOWS.get(name)?.bare === true)
}

/** Commands with the beginning of what they take: words, paths and names of programs without it. */
const OPERANDS: readonly (readonly [commands: string, operands: readonly string[]])[] = [
  [
    'cat head tail more less ls cp mv ln find vi vim nano grep egrep cd sh ash bash tar zip tee touch sort rm source gcc gzip strings od nl tac base64 rev stat file sudo time nc perl passwd xcopy',
    ['/', '-', './', '../', '~', '*'],
  ],
  [
    'python python2 python3 perl ruby php lua awk sed zsh node curl wget ssh ping dig id ps df du ss who env uptime openssl dd timeout git arp tree',
    ['-'],
  ],
  ['curl wget fetch lynx', ['http', 'ftp:', '1']],
  ['sleep ping timeout !', DIGITS],
  ['dir type copy del net reg sc tree', ['c:', '%']],
  ['net', ['user', 'localgroup', 'group', 'view', 'share']],
  ['reg', ['query', 'add', 'save', 'delete', 'export']],
  ['sc', ['query', 'create', 'config']],
  ['set', ['/a']],
  ['for', ['/f', '/l', '/d', '/r', '%']],
  ['if', ['not ', '/i', '%', '"%', 'exist', 'defined', 'errorlevel']],
  ['iex iwr irm gci sal', ['(', '$', 'http', '"', "'", '-']],
  ['cmd', ['/']],
  ['openssl', ['s_']],
  ['ps', ['aux', 'ax', 'ef']],
  ['find', ['. ']],
  ['nc', DIGITS],
  ['time nice sudo nohup xargs doas exec strace busybox', ['ls', 'id', 'whoami', 'cat ']],
  [DIGITS.join(' '), ['id', 'ls', 'ps', 'pwd', 'env', 'who', 'cat ']],
]

/** `w\ho`, `w"h"o`: pairs of letters in names. Escapes of JSON and of expressions are no sign. */
const PAIRS = [
  ...new Set(
    NAMES.filter(name => /^[a-z]+$/.test(name)).flatMap(name =>
      [...name.slice(1)].map((letter, i) => name[i]! + letter),
    ),
  ),
]
const ESCAPES = 'ntrubf'

/** `w^hoami`: the first two letters of names of Windows. */
const BEGINNINGS = [
  ...new Set([...WINDOWS.keys()].filter(name => /^[a-z]{2}/.test(name)).map(name => name.slice(0, 2))),
]

/** `wh'oami`, `\\ls`, `bin/python`: names that people ask first, spelled with one quote, behind a backslash, or with a folder. */
const SPELLED = [
  ...list('whoami uname ifconfig netstat hostname passwd wget curl bash cat').flatMap(name =>
    [...name].slice(1).map((_, i) => `${name.slice(0, i + 1)}'${name.slice(i + 1)}`),
  ),
  ...list('ls cat curl wget').map(name => `\\${name}`),
  ...[...COMMANDS]
    .filter(([name, { family }]) => family === 'shell' || family === 'code' || name === 'chef')
    .map(([name]) => `bin/${name}`),
  "kill '",
  'kill "',
]

/** Punctuation of shells. */
const SHELL = list(
  `\`/ \`$ $( \${ <( >( && || ;> |$ ;$ ;! |! ;/ |/ ;. ;' |" |' ;( |( ;{ |{ $@ $* $$ $ifs $u $' $shell <<< (){ </etc ~-
   :~0 :~1 :~2 :~3 :~4 :~5 :~6 :~7 :~8 :~9 :~- [char] iex(`,
)
/** Folders of systems, and patterns for them. */
const PATHS = list(
  '/etc/ /bin/ /proc/ /var/log /var/www /dev/tcp /dev/udp passwd system32 /??? ??/ /*/ ?/? /b?n /bi? /b* /*b /*e */p */c *n/ *c/ i*/ .ssh/ id_rsa /.ssh $[ /e?? /et* /e*c /e*/ /s? /p* s*/ /[ [t] [s] [i] [a]',
)
/** What has one meaning only. */
const TELLING = list(
  `-lvp -nlvp -lvnp -lnvp -nvlp -wrapper .shell .system python3. python2. ruby2. php5. php7. lua5. powershell cmd.exe comspec
   frombase64string downloadstring downloadfile net.webclient amsiutils reflection.assembly wscript.shell`,
)
const WITH_BLANKS = [
  '%0a id',
  '%0d id',
  '~ ',
  '; $',
  '| $',
  '& $',
  '; /',
  '| /',
  '; .',
  ';  .',
  '() {',
  '( ) {',
  '()  {',
  ' ls ',
  '> /tmp',
  '> /var',
  '> /dev',
  '>/tmp',
  '>/var',
  '>/dev',
  '; id',
  '&id',
  ' equ ',
  ' neq ',
  ' geq ',
  ' gtr ',
  ' leq ',
  ' lss ',
  'c99 ',
  'alias ',
  'dig ',
  'curl ',
  'wget ',
  '; w ',
  '; then ',
  '; do ',
  ';then ',
  ';do ',
  ' ; w',
]

export const names: readonly string[] = wantedNames

export const words: readonly string[] = [...RARE, ...cmdlets]

export const literals: readonly string[] = [
  ...new Set([
    ...COMMON.flatMap(behindSeparators),
    ...OPERANDS.flatMap(([commands, operands]) =>
      list(commands).flatMap(name => operands.map(operand => (name === '!' ? `!-${operand}` : `${name} ${operand}`))),
    ),
    ...[...ORDINARY].flatMap(name => [`${name} -`, `${name} /`]),
    ...list('cat ls echo curl wget ping sleep nc rm').map(name => `{${name}`),
    ...list('iex iwr irm gci sal').flatMap(name => [`;${name} `, `; ${name} `, `|${name}`, `| ${name}`]),
    ...list('control.exe curl$ wget$ ;env |env ;cat<').concat('; env'),
    ...LETTERS.flatMap(letter => [`'${letter}'`, `${letter}""`, `${letter}''`, `${letter}\`\``, `^${letter}^`]),
    ...BEGINNINGS.map(([left, right]) => `${left}^${right}`),
    ...PAIRS.map(([left, right]) => `${left}"${right}`),
    ...PAIRS.filter(([, right]) => !ESCAPES.includes(right!)).map(([left, right]) => `${left}\\${right}`),
    ...SPELLED,
    ...SHELL,
    ...PATHS,
    ...TELLING,
    ...WITH_BLANKS,
    ...[...LETTERS, '/', '$'].map(letter => `;"${letter}`),
    ...[' ', '0', ...DIGITS, '-', '/', '$'].map(target => `>&${target}`),
    ...optionNeedles,
    ...staticNeedles,
    ...blockNeedles,
  ]),
]
