/** Names of uploaded files that a server would run or obey, and wrappers that turn a file name into code. */

/**
 * Runs as PHP, last or in front of another extension (Apache takes any of them), or before what cuts a name short. Some servers
 * drop a blank behind the point when they store the file.
 */
const SCRIPT = /\.(?:\s?(?:php\d?|phps|pht|phtml?|phar)|pgif|shtml|module)(?:$|[.;:%\0\s/\\])/

/** Files that tell the server how to treat the others. */
const SETUP = /(?:^|[/\\])\.(?:htaccess|htpasswd|user\.ini)\s*$|(?:^|[/\\])php\.ini$/

/** A session file of PHP, written by hand. */
const SESSION = /(?:^|[/\\])sess_[a-z0-9,-]{20,}$/

export function uploadOf(lower: string): { readonly rule: string; readonly what: string } | null {
  const name = lower.trim().slice(-512)
  if (SESSION.test(name)) return { rule: 'rce.php-session-upload', what: 'a session file of PHP' }
  if (SETUP.test(name))
    return { rule: 'rce.server-setup-upload', what: 'a file that tells the server which files to run' }
  if (SCRIPT.test(name)) return { rule: 'rce.php-upload', what: 'a file that a server runs as PHP' }
  return null
}

const WRAPPER =
  /(?:^|[^a-z0-9_])(?:(?:compress\.)?(?:zlib|bzip2)|php|phar|expect|zip|glob|ogg|rar|ssh2(?:\.\w{2,8})?|data|jar|pharmac):(?:\/\/(?=\S)|\/\/$)/

const DATA = /(?:^|["'=\s(@])data:(?:text\/(?:plain|html|x-php|php)|application\/x-(?:httpd-)?php|;base64)/

/** Where a wrapper of PHP begins, or -1. */
export function wrapperAt(lower: string): number {
  return WRAPPER.exec(lower)?.index ?? -1
}

/** Where a URL begins that holds the text itself, or -1. */
export function dataUrlAt(lower: string): number {
  return DATA.exec(lower.slice(0, 1024))?.index ?? -1
}
