/** Contents of files and outputs that no page has: accounts of the system, environments, dumps, listings, repositories, results of commands. */
import { BACKUP, COMMAND, ENVIRONMENT, type Leak, LISTING, type Probe, SENSITIVE } from './leak.ts'
import { isQuoted } from './scene.ts'

interface Content {
  readonly rule: string
  readonly what: string
  readonly needles: readonly string[]
  readonly shape: RegExp
  readonly severity: Leak['severity']
  readonly cwe: number
  /** It is what the body begins with: elsewhere somebody writes about it. */
  readonly first?: true
  /** It holds secrets: only what it begins with is shown. */
  readonly masked?: true
}

/** Characters of a masked content that are shown. */
const MASKED = 12

const CONTENTS: readonly Content[] = [
  {
    rule: 'system-file',
    what: 'the accounts of a Unix system (/etc/passwd)',
    needles: [':0:0:'],
    shape: /(?:^|[\s>"';])root:[x*!]?:0:0:[^:\n]{0,64}:\/[^:\n]{0,64}:[^\s:]{0,64}/,
    severity: 'critical',
    cwe: SENSITIVE,
  },
  {
    rule: 'system-file',
    what: 'the password hashes of a Unix system (/etc/shadow)',
    needles: [':99999:'],
    shape: /(?:^|[\s>"';])\w{1,32}:(?:\$[\w.]{1,8}\$[./\w$=,-]{8,200}|[*!]{1,2}):\d{1,6}:\d{1,5}:99999:/,
    severity: 'critical',
    cwe: SENSITIVE,
    masked: true,
  },
  {
    rule: 'system-file',
    what: 'win.ini',
    needles: ['; for 16-bit app support'],
    shape: /; for 16-bit app support\s{1,8}\[/,
    severity: 'high',
    cwe: SENSITIVE,
  },
  {
    rule: 'system-file',
    what: 'boot.ini',
    needles: ['[boot loader]'],
    shape: /\[boot loader\]\s{1,8}timeout=/,
    severity: 'high',
    cwe: SENSITIVE,
  },
  {
    rule: 'system-file',
    what: 'the hosts file of Windows',
    needles: ['handled within dns itself'],
    shape: /# localhost name resolution is handled within dns itself/,
    severity: 'high',
    cwe: SENSITIVE,
  },
  {
    rule: 'environment',
    what: 'phpinfo()',
    needles: ['phpinfo()</title>'],
    shape: /phpinfo\(\)<\/title>/,
    severity: 'medium',
    cwe: ENVIRONMENT,
  },
  {
    rule: 'environment',
    what: 'phpinfo()',
    needles: ['<h1 class="p">php version'],
    shape: /<h1 class="p">php version [\d.]{3,12}/,
    severity: 'medium',
    cwe: ENVIRONMENT,
  },
  {
    rule: 'environment',
    what: 'the status page of Apache',
    needles: ['<title>apache status</title>'],
    shape: /<title>apache status<\/title>/,
    severity: 'medium',
    cwe: ENVIRONMENT,
  },
  {
    rule: 'environment',
    what: 'a dump of the memory of a Java program',
    needles: ['java profile 1.'],
    shape: /java profile 1\.0\.\d/,
    severity: 'critical',
    cwe: ENVIRONMENT,
    first: true,
  },
  {
    rule: 'dump',
    what: 'a dump of a database',
    needles: ['mysql dump '],
    shape: /-- mysql dump \d/,
    severity: 'critical',
    cwe: BACKUP,
    first: true,
    masked: true,
  },
  {
    rule: 'dump',
    what: 'a dump of a database',
    needles: ['mariadb dump '],
    shape: /-- mariadb dump \d/,
    severity: 'critical',
    cwe: BACKUP,
    first: true,
    masked: true,
  },
  {
    rule: 'dump',
    what: 'a dump of a database',
    needles: ['postgresql database dump'],
    shape: /--\s{1,4}-- postgresql database dump/,
    severity: 'critical',
    cwe: BACKUP,
    first: true,
    masked: true,
  },
  {
    rule: 'dump',
    what: 'a dump of a database',
    needles: ['phpmyadmin sql dump'],
    shape: /-- phpmyadmin sql dump/,
    severity: 'critical',
    cwe: BACKUP,
    first: true,
    masked: true,
  },
  {
    rule: 'dump',
    what: 'a database',
    needles: ['sqlite format 3'],
    shape: /sqlite format 3\0/,
    severity: 'critical',
    cwe: BACKUP,
    first: true,
    masked: true,
  },
  {
    rule: 'dump',
    what: 'a dump of a database',
    needles: ['pragma foreign_keys=off;'],
    shape: /pragma foreign_keys=off;\s{1,4}begin transaction;/,
    severity: 'critical',
    cwe: BACKUP,
    first: true,
    masked: true,
  },
  {
    rule: 'repository',
    what: 'the configuration of a Git repository',
    needles: ['repositoryformatversion'],
    shape: /\[core\]\s{1,8}repositoryformatversion\s{0,4}=/,
    severity: 'high',
    cwe: BACKUP,
    first: true,
  },
  {
    rule: 'repository',
    what: 'the history of a Git repository',
    needles: ['0000000000000000000000000000000000000000 '],
    shape: /0{40} [0-9a-f]{40} [^<\n]{1,128}<[^>\n]{1,128}> \d{9,11} [+-]\d{4}\t/,
    severity: 'high',
    cwe: BACKUP,
    first: true,
  },
  {
    rule: 'listing',
    what: 'the listing of a folder',
    needles: ['<title>index of /'],
    shape: /<title>index of \//,
    severity: 'low',
    cwe: LISTING,
  },
  {
    rule: 'listing',
    what: 'the listing of a folder',
    needles: ['[to parent directory]'],
    shape: />\[to parent directory\]</,
    severity: 'low',
    cwe: LISTING,
  },
  {
    rule: 'listing',
    what: 'the listing of a folder',
    needles: ['<title>directory listing for'],
    shape: /<title>directory listing for /,
    severity: 'low',
    cwe: LISTING,
  },
  {
    rule: 'listing',
    what: 'the listing of a folder',
    needles: ['<title>listing directory /'],
    shape: /<title>listing directory \//,
    severity: 'low',
    cwe: LISTING,
  },
  {
    rule: 'listing',
    what: 'the listing of a folder',
    needles: ['<title>directory: /'],
    shape: /<title>directory: \//,
    severity: 'low',
    cwe: LISTING,
  },
  {
    rule: 'command-output',
    what: 'the output of the command id',
    needles: [') gid='],
    shape: /\buid=\d{1,10}\([\w.$-]{1,32}\) gid=\d{1,10}\([\w.$-]{1,32}\)/,
    severity: 'critical',
    cwe: COMMAND,
  },
  {
    rule: 'command-output',
    what: 'the prompt of a Windows shell',
    needles: ['microsoft windows [version'],
    shape: /microsoft windows \[version [\d.]{5,20}\]/,
    severity: 'critical',
    cwe: COMMAND,
  },
  {
    rule: 'command-output',
    what: 'the output of the command dir',
    needles: ['volume serial number is'],
    shape: /volume serial number is [0-9a-f]{4}-[0-9a-f]{4}/,
    severity: 'critical',
    cwe: COMMAND,
  },
  {
    rule: 'command-output',
    what: 'the output of the command whoami',
    needles: ['nt authority'],
    shape: /^\s{0,16}nt authority\\system\s{0,16}$/,
    severity: 'critical',
    cwe: COMMAND,
  },
  {
    rule: 'command-output',
    what: 'the output of the command ipconfig',
    needles: ['windows ip configuration'],
    shape: /windows ip configuration\s{1,16}(?:host name|ethernet adapter|unknown adapter|wireless)/,
    severity: 'critical',
    cwe: COMMAND,
  },
  {
    rule: 'command-output',
    what: 'the output of the command uname',
    needles: ['gnu/linux'],
    shape:
      /\blinux [\w.-]{1,64} \d{1,2}\.\d{1,3}\.\d{1,3}[\w.+~-]{0,64} #\d[^\n]{5,80} (?:x86_64|aarch64|armv7l|i686) (?:(?:x86_64|aarch64|i686) ){0,2}gnu\/linux/,
    severity: 'high',
    cwe: COMMAND,
  },
  {
    rule: 'command-output',
    what: 'the output of the command ls',
    needles: ['drwxr', 'drwxs', 'drwx-', 'drwxw', 'drwxx', 'drwxt'],
    shape: /(?:^|\n|>)total \d{1,9}\s{1,8}drwx[rwxst-]{6}[.+@]? +\d[^\n]{10,200}\n[dl-][rwxst-]{9}/,
    severity: 'high',
    cwe: COMMAND,
  },
]

/** Where a body begins, after a byte order mark and blanks. */
const FIRST = 64

export const CONTENT_PROBES: readonly Probe[] = CONTENTS.map(
  ({ rule, what, needles, shape, severity, cwe, first, masked }) => ({
    rule: `infoleak.${rule}`,
    needles,
    find(text, lower, scene) {
      const found = shape.exec(lower)
      if (found === null || (first && (scene.isJson || found.index > FIRST))) return null
      // Articles show these; what a page holds for its own sake is not marked up as an example.
      if (isQuoted(lower, found.index) || (scene.isListed && rule !== 'listing') || isProse(lower, found.index))
        return null
      const at = found.index + (/^[\s>"';\0]/.test(found[0]) ? 1 : 0)
      const shown = masked ? `${text.slice(at, at + MASKED)}***` : text.slice(at)
      return {
        rule: `infoleak.${rule}`,
        severity,
        at,
        evidence: shown,
        why: `The response holds ${what}.`,
        shows: masked ? shown : found[0].trim().slice(0, 256),
        cwe,
      }
    },
  }),
)

const SEARCH_PATH = /(?:^|[\s\0])path=\/(?:usr|opt|bin|sbin|nix)\b/
const NEIGHBOURS = /(?:^|[\s\0])(?:pwd|home|hostname|shlvl|lang|user|shell|node_version|python_version)=[^\s\0]/
/** How far from PATH its neighbours are. */
const NEAR = 4096

/** Of a process: PATH, and another variable that every process has. */
export const PROCESS_PROBE: Probe = {
  rule: 'infoleak.environment',
  needles: ['path=/usr', 'path=/opt', 'path=/bin', 'path=/sbin', 'path=/nix'],
  find(text, lower) {
    const found = SEARCH_PATH.exec(lower)
    if (found === null || isQuoted(lower, found.index) || isProse(lower, found.index)) return null
    if (!NEIGHBOURS.test(lower.slice(Math.max(0, found.index - NEAR), found.index + NEAR))) return null
    const at = lower.indexOf('path=', found.index)
    const shown = `${text.slice(at, at + MASKED)}***`
    return {
      rule: 'infoleak.environment',
      severity: 'critical',
      at,
      evidence: shown,
      why: 'The response holds the environment of a process.',
      shows: shown,
      cwe: ENVIRONMENT,
    }
  },
}

/** Spring's actuator answers in JSON: a source of properties is named so. */
export const SPRING_PROBE: Probe = {
  rule: 'infoleak.environment',
  needles: ['systemenvironment'],
  find: (text, lower, scene) =>
    lower === 'systemenvironment' && scene.names.includes('propertysources')
      ? {
          rule: 'infoleak.environment',
          severity: 'critical',
          at: 0,
          evidence: text,
          why: 'The response holds the environment of a Spring application.',
          shows: `propertySources: ${text}`,
          cwe: ENVIRONMENT,
        }
      : null,
}

/** A sentence leads up to it: somebody explains it. */
function isProse(lower: string, at: number): boolean {
  return /(?:[a-z]{2,24}[ ,]{1,2}){6}[^\n]{0,40}$/.test(lower.slice(Math.max(0, at - 160), at))
}
