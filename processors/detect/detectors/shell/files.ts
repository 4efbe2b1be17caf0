/** Names of uploaded files that a server or an application would take for its own. */
import type { Sighting } from './anywhere.ts'

const OWN =
  /^(?:\.(?:htaccess|htpasswd|htgroup|user\.ini|env|bashrc|bash_profile|profile|ssh|git|npmrc|netrc|vimrc)|(?:wp-)?config[ ._-]{0,3}(?:php|inc|ya?ml|json|xml|ini|py|rb)?(?:\.(?:bak|old|txt|swp|php|dist|orig))?|(?:local|app)?settings?[ ._-]{0,3}(?:php|py|ya?ml|json|xml|ini)(?:\.(?:bak|old|txt))?|(?:localconfig|configuration|database|parameters|secrets)[ ._-]{0,3}(?:php|ya?ml|xml|ini)|web\.config|php\.ini|passwd|shadow|id_[dr]sa|authorized_keys|crontab|(?:my|httpd|nginx)\.(?:cnf|conf)|cpuinfo|meminfo|mtrr|acpi|mounts|modules|kallsyms|kcore|iomem|ioports|partitions|cmdline|environ)$/i

/** Longest name of a file. */
const MAX = 255

/** `X-Filename: wp-config.php`. */
export function ownFile(text: string): Sighting | null {
  if (text.length > MAX) return null
  const name = text.slice(Math.max(text.lastIndexOf('/'), text.lastIndexOf('\\')) + 1).trim()
  if (!OWN.test(name)) return null
  const why = 'The file to be stored has the name of a file that the server or the application reads as its own.'
  return {
    rule: 'rce.restricted-file',
    start: text.length - name.length,
    end: text.length,
    why,
    unless: 'Under another name it is a file like any other.',
  }
}
