/** Copies that editors, administrators and deployments leave behind: a server sends them as they are, source code and all. */

/** Programs, settings and databases. */
const ORIGINALS = (
  'php php3 php4 php5 php7 phtml inc asp aspx ascx ashx jsp jspx do cgi pl py rb js ts java cs conf config cfg ini yml yaml ' +
  'xml json properties sql db htpasswd env lock toml tf tfvars tfstate pem key crt vue tsx kt go sh bat ps1'
).split(' ')
/** What their copies are called. */
const COPY = new RegExp(
  `\\.(?:${ORIGINALS.join('|')})(?:~|\\.(?:bak\\d?|old\\d?|orig|original|save|sav|swp|swo|backup|copy|dist|tmp|temp|bk|prev)|[_-](?:bak|old|backup))$`,
)
/** Source under a name that is sent as text. */
const AS_TEXT = /\.(?:php\d?|aspx?|jsp|cgi)\.(?:txt|source|src|text)$|\.phps$/
/** Of editors: `.index.php.swp`, `#index.php#`. */
const EDITOR = /\/\.[\w.-]{1,64}\.sw[po]$|\/#[\w.-]{1,64}#$/
/** The whole site or its database, at the root. */
const ARCHIVE =
  /^\/(?:(?:backups?|bak|old|dump|db|sql|tmp|temp|archive)\/)?(?:backups?|bak|bkp|dump|mysqldump|db|database|databases|site|website|wwwroot|www|webroot|web|html|htdocs|public_html|data|sql|mysql|users?|old|full|home|archive|source|src|code|app|config|wordpress|wp|localhost|\d{4}-?\d{2}-?\d{2})(?:[_.-]?(?:backup|dump|old|bak|full|latest|prod|db|\d{1,8})){0,2}\.(?:sql(?:\.(?:gz|bz2|zip|xz))?|zip|rar|7z|tgz|tar\.(?:gz|bz2|xz)|bak|dump|mdb|sqlite3?)$/

export const BACKUP_NEEDLES: readonly string[] = [
  ...ORIGINALS.map(ending => `.${ending}~`),
  '.bak',
  '.old',
  '.orig',
  '.sav',
  '.swp',
  '.swo',
  '.backup',
  '.copy',
  '.dist',
  '.tmp',
  '.temp',
  '.bk',
  '.prev',
  '_bak',
  '_old',
  '_backup',
  '-bak',
  '-old',
  '-backup',
  '.php.',
  '.asp.',
  '.aspx.',
  '.jsp.',
  '.cgi.',
  '.phps',
  '.sql',
  '.rar',
  '.zip',
  '.tar.',
  '.tgz',
  '.7z',
  '.mdb',
  '.dump',
  '.sqlite',
  '/#',
]

/** What a copy the path of a request (of `cleanPath`) asks for, in words. */
export function backupFile(path: string): string | null {
  if (COPY.test(path)) return 'a backup copy of a program or its settings'
  if (AS_TEXT.test(path)) return 'the source of a program as text'
  if (EDITOR.test(path)) return 'a file that an editor left behind'
  return ARCHIVE.test(path) ? 'an archive of the site or its database' : null
}
