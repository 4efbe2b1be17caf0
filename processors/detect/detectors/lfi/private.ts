/** Files beside what an application serves: configuration, keys, history. Nobody asks for them but to read what is in them. */

/** Path endings, below any folder. */
const FILES = [
  'meta-inf/context.xml',
  'meta-inf/persistence.xml',
  'meta-inf/manifest.mf',
  '.env',
  '.htpasswd',
  '.htaccess',
  '.npmrc',
  '.netrc',
  '.pgpass',
  '.my.cnf',
  '.bash_history',
  '.zsh_history',
  '.mysql_history',
  '.psql_history',
  '.rediscli_history',
  '.node_repl_history',
  '.python_history',
  '.bashrc',
  '.bash_profile',
  '.zshrc',
  '.dockercfg',
  '.git-credentials',
  '.gitconfig',
  '.pypirc',
  'terraform.tfstate',
  'terraform.tfvars',
  'wp-config.php',
  'wp-config.old',
  'wp-config.txt',
  'wp-config.inc',
  'config/database.yml',
  'config/secrets.yml',
  'config/master.key',
  'config/parameters.yml',
  'app/etc/env.php',
  'app/etc/local.xml',
  'sites/default/settings.php',
  'logs/laravel.log',
  '.ds_store',
  'gcloud/credentials.db',
  'id_rsa',
  'id_dsa',
  'id_ecdsa',
  'id_ed25519',
  'web.config',
  '.boto',
  '.s3cfg',
  '.ftpconfig',
  '.ftpquota',
  'sftp-config.json',
  '.remote-sync.json',
  '.vault-token',
  '.vscode/sftp.json',
  '.vscode/settings.json',
  '.vscode/launch.json',
  '.idea/workspace.xml',
  '.idea/datasources.xml',
  '.idea/webservers.xml',
  'hibernate.cfg.xml',
  '.user.ini',
] as const

/** Files that only the root of a site, or a folder right below it, has no business to serve: deeper they are part of a repository. */
const ROOT_FILES = [
  '/server-status',
  '/server-info',
  '/elmah.axd',
  '/trace.axd',
  '/phpinfo.php',
  '/adminer.php',
  '/php.ini',
  '/error_log',
  '/global.asa',
  '/docker-compose.yml',
  '/docker-compose.yaml',
  '/dockerfile',
  '/.dockerenv',
  '/.travis.yml',
  '/.gitlab-ci.yml',
  '/application.properties',
  '/application.yml',
  '/application-prod.yml',
  '/passwords.txt',
  '/passwd.txt',
  '/server.key',
  '/private.key',
  '/privatekey.pem',
  '/db.sqlite3',
  '/actuator/env',
  '/actuator/mappings',
  '/actuator/beans',
  '/actuator/loggers',
  '/actuator/httptrace',
  '/actuator/jolokia',
  '/actuator/shutdown',
  '/debug/pprof/heap',
  '/debug/pprof/profile',
  '/debug/pprof/goroutine',
  '/actuator/heapdump',
  '/actuator/configprops',
  '/actuator/threaddump',
  '/debug/pprof',
  '/secrets.yml',
  '/secrets.json',
  '/credentials.json',
  '/credentials.yml',
  '/serviceaccountkey.json',
  '/database.yml',
  '/debug.log',
  '/error.log',
  '/access.log',
  '/private.pem',
  '/config.inc.php',
  '/app.config',
  '/cvs/entries',
  '/cvs/root',
] as const

/** Hidden folders whose every file is private: keys, history, and the settings and memories of coding assistants. */
const FOLDERS = [
  '.ssh',
  '.aws',
  '.azure',
  '.gcloud',
  '.kube',
  '.gnupg',
  '.git',
  '.svn',
  '.hg',
  '.bzr',
  '.docker',
  '.claude',
  '.cursor',
  '.continue',
  '.aider',
  '.roo',
  '.zed',
  '.cline',
  '.kiro',
  '.windsurf',
  '.rovodev',
  '.codex',
  '.opencode',
  '.a0proj',
  '.plandex',
  '.fabric',
  '.n8n',
  '.junie',
  '.copilot',
  '.gemini',
  '.codeium',
  '.tabnine',
  '.terraform',
  '.vagrant',
  'web-inf',
] as const

/** What a file of settings ends with, in a hidden folder at the root of a site. */
const SETTINGS =
  /^\/\.(?!well-known\/|api\/|auth\/|netlify\/|vercel\/|vite\/|nuxt\/|next\/|ory\/|proxy\/|rum\/|resources\/|imaging\/|rest\/|magnolia\/|assets\/|static\/|functions\/|within\.)[a-z][\w-]{1,40}\/(?:[\w@.-]{1,64}\/){0,6}[\w@.-]{1,64}\.(?:json|ya?ml|toml|md|mdc|db|sqlite3?|cfg|conf|ini|env|key|pem|lock|log|bak|properties|rules|local)$/

/** Names of variables without their values, and pages about them. */
const DOCUMENTED = /\.(?:example|sample|template|dist|defaults?|html?|mdx?|[jt]s|json|css|png|svg)$/

/** Pages of version control hosts: there these are files like any other. */
const REPOSITORY =
  /\/(?:blob|raw|tree|blame|edit|commits?|contents|-|browse|files|history|src\/(?:branch|commit|tag))\//

export interface Private {
  readonly what: string
  readonly severity: 'high' | 'medium'
}

export const PRIVATE_NEEDLES: readonly string[] = [
  '/.',
  'meta-inf',
  'web-inf',
  '.env',
  '.htpasswd',
  '.htaccess',
  '.npmrc',
  '.netrc',
  '.pgpass',
  '.my.cnf',
  '_history',
  '.bash',
  '.zshrc',
  '.dockercfg',
  '.git-cred',
  '.gitconfig',
  '.pypirc',
  'tfstate',
  'tfvars',
  'wp-config',
  'database.yml',
  'secrets.yml',
  'master.key',
  'parameters.yml',
  'etc/env.php',
  'etc/local.xml',
  'default/settings.php',
  'laravel.log',
  '.ds_store',
  'credentials.db',
  'id_rsa',
  'id_dsa',
  'id_ecdsa',
  'id_ed25519',
  'web.config',
  '.boto',
  '.s3cfg',
  '.ftpconfig',
  '.ftpquota',
  'sftp-config',
  '.remote-sync',
  'vault-token',
  'hibernate.cfg',
  '.user.ini',
  '.vscode/',
  '.idea/',
  '.vscode\\',
  '.idea\\',
  ...ROOT_FILES.filter(file => !file.startsWith('/.')),
  ...FOLDERS.filter(folder => folder.startsWith('.')).flatMap(folder => [`${folder}/`, `${folder}\\`, `\\${folder}`]),
]

/**
 * The private file that a path (of `cleanPath`) names. `isTarget`: it is the path of a request, so that folders of the site count.
 * `isOpened`: a parameter that says which file to open, so that a name alone is enough.
 */
export function privateFile(path: string, isTarget: boolean, isOpened: boolean): Private | null {
  if (isTarget && REPOSITORY.test(path)) return null
  for (const ending of FILES) {
    if (!path.endsWith(ending)) continue
    const before = path[path.length - ending.length - 1]
    if (before === undefined ? isOpened : /[/:=]/.test(before))
      return { what: `the private file "${ending}"`, severity: 'high' }
  }
  if (/(?:^|\/)\.env\.[\w.-]{1,32}$/.test(path) && !DOCUMENTED.test(path))
    return { what: 'a file of environment variables', severity: 'high' }
  for (const folder of FOLDERS) {
    const at = path.indexOf(`${folder}/`)
    if (at === 0 || (at > 0 && path[at - 1] === '/') || (isTarget && path.endsWith(`/${folder}`)))
      return { what: `the private folder "${folder}"`, severity: 'high' }
  }
  return isTarget ? ofRoot(path) : null
}

function ofRoot(path: string): Private | null {
  const file = ROOT_FILES.find(ending => path.endsWith(ending))
  if (file !== undefined && path.slice(0, -file.length).split('/').length <= 2)
    return { what: `the file "${file.slice(1)}" of the server`, severity: 'medium' }
  return SETTINGS.test(path) ? { what: 'a file in a hidden folder of the site', severity: 'medium' } : null
}
