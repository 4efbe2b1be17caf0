/** What words of a command line are: paths, hosts, options, or words of a language. */
import { matchesGlob } from './globs.ts'

/** Files and folders that are read to show that reading is possible, or for what is in them. Lower case. */
const TARGETS: readonly string[] = [
  '/etc/passwd',
  '/etc/shadow',
  '/etc/group',
  '/etc/hosts',
  '/etc/issue',
  '/etc/hostname',
  '/etc/os-release',
  '/etc/resolv.conf',
  '/etc/sudoers',
  '/etc/crontab',
  '/etc/fstab',
  '/etc/motd',
  '/proc/self/environ',
  '/proc/version',
  '/proc/cpuinfo',
  '/var/log/auth.log',
  '/flag',
  '/flag.txt',
]

const TARGET_WORDS: ReadonlySet<string> = new Set([
  'passwd',
  'shadow',
  'id_rsa',
  'authorized_keys',
  '.bash_history',
  'wp-config.php',
  'boot.ini',
  'win.ini',
  'flag.txt',
  '.htpasswd',
  '.ssh/id_rsa',
])

/** Beginnings of paths that belong to the system and not to an application. */
const SYSTEM =
  /^(?:\/{1,8}(?:\.\/)?)(?:etc|proc|root|boot|sys|dev|var\/(?:log|www|lib|run|spool|backups)|home|usr\/local\/etc|srv|opt)(?:\/|$)/

/** A path that an attacker asks for: `/etc/passwd`, `/e??/p*wd`, `../../etc/shadow`, `~/.ssh/id_rsa`, `passwd`. */
export function isTarget(text: string): boolean {
  const lower = text.toLowerCase()
  if (TARGET_WORDS.has(lower)) return true
  const rooted = lower.replace(/^(?:\.{1,2}\/){1,32}/, '/').replace(/\/(?:\.?\/){1,8}/g, '/')
  if (SYSTEM.test(rooted)) return true
  if (/(?:\/|^)(?:\.ssh|\.aws|\.bash_history|\.env|passwd|shadow|id_rsa|wp-config\.php|flag\.txt)(?:\/|$)/.test(lower))
    return true
  return (
    /[?*[]/.test(rooted) &&
    rooted.startsWith('/') &&
    rooted.length < 64 &&
    /\/.*[a-z*?].*\//.test(rooted) &&
    TARGETS.some(target => matchesGlob(rooted, target))
  )
}

/** `-la`, `--help`, `+x`. */
export function isOption(text: string): boolean {
  return /^(?:-{1,2}[\w?]|--$|\+[a-z]{1,4}$)/i.test(text)
}

/** Something with a slash, a dot inside, a star, a tilde. */
export function isPath(text: string): boolean {
  return /^(?:~|\.{0,2}\/|\.{1,2}$|\*)|^[\w.@%+*?[\]-]*\/[\w.*?/-]*$|^[\w-]+\.\w{1,8}$|^[\w-]*[*?][\w.*?-]*$/.test(text)
}

/** `evil.com`, `10.0.0.1`, `http://…`, `localhost`, `user@host`, `host:80`, `0x7f000001`. */
export function isHost(text: string): boolean {
  return /^(?:[a-z]{2,8}:\/\/|(?:[\w.%+-]{1,64}@)?(?:[\w-]{1,63}\.){1,16}(?:[a-z0-9-]{2,63}|\d)(?:[:/?].*)?$|localhost\b|::1|\[[0-9a-f:]+\]|0x[0-9a-f]{8}$|\d{8,10}$)/i.test(
    text,
  )
}

/** Outside the machine, and no example: what a request out of band or a download goes to. */
export function isForeign(text: string): boolean {
  return isHost(text) && !/(?:^|\/\/|@)(?:localhost|127\.|0\.0\.0\.0)/i.test(text)
}

/** A word of a language, with what punctuation follows it. */
export function isPlainWord(text: string): boolean {
  return /^[\p{L}’'-]+[,.!?:]{0,3}$/u.test(text) && !isOption(text)
}

const STOP_WORDS: ReadonlySet<string> = new Set(
  (
    'the an and or of to is it was were with that this these those not but be been are as by from have has had you he she we they ' +
    'my your our their me him her us did does will would can could should may might must there here when what how why about into some any because also than ' +
    'please thanks hello dear need want works work up out over after before only very just like so am im i’m don’t ' +
    'der die das und ist nicht ein eine einen zu mit auf für ich sie wir auch wird sind dem den des im von bei ' +
    'le la les un une et est pas que pour dans sur avec je vous nous au ce cette il elle ne ' +
    'el los las en es por con para una se al lo como más pero ' +
    'di che non per sono della uma não ao mais het een van dat niet voor op ' +
    'nie się na jest до на не что это как для и в с по'
  ).split(' '),
)

/** Longest text that is read for prose: beyond it, it is long anyway. */
const PROSE_WINDOW = 4096

/** So many of them are a text in which no command is believed: they are not counted further. */
export const MUCH_TALK = 6

/** `because`. */
const LONGEST_STOP_WORD = 7

/** How many words of the text are such as only sentences have, up to `MUCH_TALK`. */
export function stopWords(text: string): number {
  const most = Math.min(text.length, PROSE_WINDOW)
  let count = 0
  for (let at = 0; at < most && count < MUCH_TALK; at++) {
    let end = at
    while (end < most && !isBetween(text.charCodeAt(end))) end++
    if (end > at && end - at < 20 && isStopWord(text.slice(at, end))) count++
    at = end
  }
  return count
}

/** Blanks and plus signs. */
function isBetween(c: number): boolean {
  return c === 32 || c === 43 || (c >= 9 && c <= 13) || c === 160 || (c >= 0x2000 && c <= 0x200a) || c === 0x3000
}

export function isStopWord(text: string): boolean {
  let start = 0
  let end = text.length
  while (start < 3 && start < end && OPENING.includes(text[start]!)) start++
  for (let marks = 0; marks < 4 && end > start && CLOSING.includes(text[end - 1]!); marks++) end--
  return end > start && end - start <= LONGEST_STOP_WORD && STOP_WORDS.has(text.slice(start, end).toLowerCase())
}

const OPENING = '"\'(`*_'
const CLOSING = ',.!?:;)"\'`*_'
