/** Files of the operating system that attackers ask for, as path endings. */

/** Nobody sends these as data either: accounts, secrets of processes and of the platform, and what proves a traversal on Windows. */
const ALWAYS = [
  'etc/passwd',
  'etc/shadow',
  'etc/gshadow',
  'etc/master.passwd',
  'etc/security/passwd',
  'etc/sudoers',
  'proc/self/environ',
  'proc/self/cmdline',
  'proc/1/environ',
  'proc/1/cmdline',
  'root/.bash_history',
  'root/.ssh/id_rsa',
  'windows/win.ini',
  'winnt/win.ini',
  'windows/system.ini',
  'windows/system32/config/sam',
  'windows/system32/config/system',
  'windows/repair/sam',
  'windows/system32/drivers/etc/hosts',
  'boot.ini',
  'windows/win.ini.bak',
] as const

/** These also stand in the data of tools (mounts of containers, crash reports): they count where a server may open them. */
const WHERE_OPENED = [
  'etc/group',
  'etc/hosts',
  'etc/hostname',
  'etc/issue',
  'etc/motd',
  'etc/fstab',
  'etc/crontab',
  'etc/mysql/my.cnf',
  'etc/my.cnf',
  'etc/ssh/sshd_config',
  'etc/nginx/nginx.conf',
  'etc/apache2/apache2.conf',
  'etc/httpd/conf/httpd.conf',
  'etc/php.ini',
  'usr/local/etc/php/php.ini',
  'sysprep/sysprep.xml',
  'sysprep/sysprep.inf',
  'etc/resolv.conf',
  'etc/os-release',
  'etc/kubernetes/admin.conf',
  'proc/self/maps',
  'proc/self/status',
  'proc/self/fd',
  'proc/self/mem',
  'proc/self/exe',
  'proc/self/mounts',
  'proc/self/mountinfo',
  'proc/self/cgroup',
  'proc/self/cwd',
  'proc/self/root',
  'proc/version',
  'proc/mounts',
  'proc/cpuinfo',
  'proc/net/tcp',
  'proc/net/arp',
  'proc/net/route',
  'var/run/secrets/kubernetes.io/serviceaccount/token',
  'run/secrets/kubernetes.io/serviceaccount/token',
  'windows/php.ini',
  'windows/debug/netsetup.log',
  'windows/panther/unattend.xml',
  'windows/system32/license.rtf',
  'windows/system32/inetsrv/config/applicationhost.config',
  'inetpub/wwwroot/web.config',
  'winnt/system32/cmd.exe',
  'windows/system32/cmd.exe',
] as const

/** An absolute path into folders of the system that no application serves. */
const UNIX_FOLDER =
  /^(?:file:\/{0,3})?\/(?:(?:etc|proc|root|boot)\/[\w.@~-]|(?:var\/(?:log|www|mail|backups|spool\/(?:cron|mail)|lib\/(?:mysql|php|postgresql))|(?:var\/)?run\/(?:secrets|docker\.sock)|usr\/local\/(?:apache2?|nginx|etc)|opt\/lampp|sys\/class|dev\/(?:fd|shm|tcp|u?random|zero|stdin|null))(?:\/|$))/
const WINDOWS_FOLDER =
  /^(?:file:\/{0,3})?[a-z]:\/(?:windows|winnt|inetpub|xampp|wamp(?:64)?|users\/administrator|documents and settings|boot\.ini|autoexec\.bat|config\.sys|pagefile\.sys)(?:\/|$)/

export const FILE_NEEDLES: readonly string[] = [
  '/etc/',
  '\\etc\\',
  '\\etc/',
  '/etc\\',
  'etc/.',
  'etc//',
  '\\root/',
  'etc/passwd',
  'etc\\passwd',
  'etc/shadow',
  'etc\\shadow',
  '/proc/',
  '/proc\\',
  '\\proc/',
  'proc/self',
  '/root/',
  '/boot/',
  '/dev/',
  'var/log',
  'var/www',
  '/var/lib/',
  '/var/mail',
  '/var/backups',
  'run/secrets',
  'run/docker.sock',
  '/var/spool/',
  '/opt/lampp',
  '/usr/local/',
  '/sys/class',
  'win.ini',
  'system.ini',
  'boot.ini',
  'autoexec.bat',
  'pagefile.sys',
  'config.sys',
  'system32',
  'serviceaccount/token',
  ':\\windows',
  ':/windows',
  ':\\winnt',
  ':/winnt',
  '\\windows\\',
  '/windows/',
  'inetpub',
  'sysprep',
  ':\\xampp',
  ':/xampp',
  ':\\wamp',
  ':/wamp',
  ':\\documents and',
  ':/documents and',
  'users\\administrator',
  'users/administrator',
]

/** Whose files may be opened by their absolute path alone: by the place of the value. */
export type Opened = keyof typeof OPENED

const OPENED = {
  /** A parameter that says what to include: nothing of the system is meant. */
  any: /./,
  /** Other parameters: viewers of logs and pages of a site name what they show. */
  most: /^(?!(?:file:\/{0,3})?\/(?:var\/(?:log|www)|usr\/local)\b)/,
  /** Fields at the top of a document. */
  some: /^\/(?:etc|proc|root)\//,
  /** Below the root of a site there may be folders of the same names; and data is stored, not opened. */
  none: /^$/,
} as const

/** The file of the system that a path (of `cleanPath`) names, in words. `asked`: it is asked for, not stored. */
export function systemFile(path: string, asked: boolean, opened: Opened): string | null {
  const ending = endingOf(path, ALWAYS) ?? (asked ? endingOf(path, WHERE_OPENED) : null)
  if (ending !== null) return `the system file "${ending}"`
  if (!OPENED[opened].test(path)) return null
  return WINDOWS_FOLDER.test(path) || UNIX_FOLDER.test(path) ? 'a file in a folder of the operating system' : null
}

/** Endings that count without a folder before them. */
const BARE = /^(?:etc\/(?:passwd|shadow)$|proc\/self\/|windows\/system32\/|\w+\/win\.ini$|boot\.ini$)/

/** `/x/etc/passwd`, `etc/passwd` and `c:boot.ini` end in one; `my-etc/passwd` does not. */
function endingOf(path: string, endings: readonly string[]): string | null {
  for (const ending of endings) {
    if (!path.endsWith(ending)) continue
    const before = path[path.length - ending.length - 1]
    if (before === undefined ? BARE.test(ending) : /[/:=]/.test(before)) return ending
  }
  return null
}
