/** Files that are shells, by the names that they go by. */

const KNOWN = [
  'c99',
  'c99shell',
  'c100',
  'r57',
  'r57shell',
  'b374k',
  'b374k-2.8',
  'wso',
  'wso2',
  'wso25',
  'wsoshell',
  'webshell',
  'phpshell',
  'php-backdoor',
  'simple-backdoor',
  'qsd-php-backdoor',
  'backdoor',
  'simattacker',
  'indoxploit',
  'idx_shell',
  'alfa',
  'alfashell',
  'alfanew',
  'alfa-rex',
  'p0wny',
  'p0wny-shell',
  'aspxspy',
  'aspxspy2',
  'aspxshell',
  'aspydrv',
  'cmdasp',
  'cmdaspx',
  'cmdjsp',
  'cmd',
  'jspspy',
  'jshell',
  'antsword',
  'weevely',
  'godzilla',
  'behinder',
  'china-chopper',
  'chopper',
  'gel4y',
  'marijuana',
  'leaf_mailer',
  'leafmailer',
  'anonymousfox',
  'symlink404',
  'priv8',
  '0byt3m1n1',
  'shell',
  'sh3ll',
  'shell20211028',
  'nst',
  'ndsmshell',
  'locus7s',
  'safe0ver',
  'zehir4',
  'tryag',
  'angel-shell',
  'caidao',
  'yijuhua',
] as const

const EXTENSIONS = ['php', 'phtml', 'php5', 'php7', 'phar', 'asp', 'aspx', 'jsp', 'jspx', 'cgi', 'pl', 'ashx'] as const

const SHELLS = new Set(KNOWN.flatMap(name => EXTENSIONS.map(extension => `${name}.${extension}`)))

/** A program below a folder that people upload pictures to. */
const UPLOADED =
  /\/(?:wp-content\/uploads|sites\/default\/files|userfiles|wp-content\/gallery|media\/catalog)\/(?:[\w.-]{1,64}\/){0,8}[\w.-]{1,64}\.(?:php\d?|phtml|phar|jspx?|aspx?|ashx)(?:\/|$)/

/** File names under which a server runs what was meant to be a picture: `a.php.jpg`, `a.asp;.jpg`, `a.pHp5`, `a.php.`. */
const DISGUISED =
  /\.(?:php\d?|phtml|pht|phar|aspx?|ashx|asmx|cer|asa|jspx?|jsw|jspf|cfm)(?:(?:\0|%00|;|:|\/|\\x00)[^\\/]{0,64}|\.{1,8}|\s{1,8}|::\$data|\.(?:jpe?g|png|gif|bmp|webp|svg|pdf|txt|docx?|csv|zip|mp4))$/

export const NAME_NEEDLES: readonly string[] = [
  ...KNOWN.flatMap(name => [
    `/${name}.php`,
    `/${name}.pht`,
    `/${name}.pha`,
    `/${name}.asp`,
    `/${name}.jsp`,
    `/${name}.ash`,
    `/${name}.cgi`,
    `/${name}.pl`,
  ]),
  'wp-content/uploads/',
  'sites/default/files/',
  'userfiles/',
  'wp-content/gallery/',
  'media/catalog/',
  '/alfa_data',
  '/alfacgiapi',
  ...[
    'php',
    'phtml',
    'pht',
    'phar',
    'asp',
    'aspx',
    'ashx',
    'asmx',
    'cer',
    'asa',
    'jsp',
    'jspx',
    'jsw',
    'jspf',
    'cfm',
  ].flatMap(extension => [`.${extension}.`, `.${extension};`, `.${extension}:`, `.${extension}%00`]),
  '.php5',
  '.phtml',
  '.phar',
  '.jspx',
]

/** The shell whose name the path of a request ends in, or the program in a folder of uploads; in words. */
export function shellPath(lower: string): string | null {
  const name = lower.slice(lower.lastIndexOf('/') + 1)
  if (SHELLS.has(name)) return `"${name}", a known web shell`
  if (/\/(?:alfa_data|alfacgiapi)(?:\/|$)/.test(lower)) return 'a folder of the Alfa web shell'
  return UPLOADED.test(lower) ? 'a program in a folder of uploaded pictures' : null
}

export function isDisguised(lower: string): boolean {
  return lower.length <= 512 && DISGUISED.test(lower)
}
