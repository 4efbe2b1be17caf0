/** Names of uploaded files that a server or an application would take for its own. */
import type { Sighting } from './anywhere.ts'
import { names as list } from './commands.ts'

/** Settings of web servers and of PHP, and credentials: nobody uploads them in a form. */
const OF_SERVERS =
  /^(?:\.(?:htaccess|htpasswd|htdigest|htgroup|user\.ini|bashrc|bash_profile|bash_history|netrc)|(?:wp-|local)?config[ ._-]{0,3}(?:inc)?[ ._-]{0,3}php\d?(?:\.(?:bak|old|txt|swp|dist|orig))?|(?:local|default)?settings[ ._-]{1,3}php|wp-config[ ._-]{0,3}\w{0,8}(?:\.\w{1,8})?|web\.config|php\.ini|id_[dr]sa|authorized_keys)$/i

/** What else applications keep in a file of that name: a header says that a file is stored under it. */
const OF_APPLICATIONS =
  /^(?:\.(?:env|profile|ssh|git|gitignore|gitconfig|npmrc|vimrc|mysql_history|addressbook|aptitude|svn|hg)(?:[./].{0,64})?|(?:app|local|database|parameters|secrets|security|routing|services|config|settings)(?:_\w{1,8})?[ ._-]{0,3}(?:ya?ml|json|xml|ini|inc|py|rb|php)(?:\.(?:bak|old|txt))?|passwd|shadow|crontab|(?:my|httpd|nginx)\.(?:cnf|conf))$/i

/** Names in /proc. */
const OF_KERNEL: ReadonlySet<string> = new Set(
  list(
    `acpi asound bootconfig buddyinfo cgroups cmdline consoles cpuinfo diskstats dynamic_debug environ execdomains filesystems interrupts
     iomem ioports kallsyms kcore key-users kmsg kpagecgroup kpagecount kpageflags latency_stats loadavg locks mdstat meminfo modules mounts mpt
     mtd mtrr pagetypeinfo partitions sched_debug schedstat slabinfo softirqs swaps sysrq-trigger sysvipc thread-self timer_list
     timer_stats uptime version_signature vmallocinfo vmstat zoneinfo`,
  ),
)

/** Longest name of a file. */
const MAX = 255

/** `X-Filename: wp-config.php`, `filename=".htaccess"`. `form`: it is a file of a form, which may well be a settings file. */
export function ownFile(text: string, form: boolean): Sighting | null {
  if (text.length > MAX) return null
  const name = text.slice(Math.max(text.lastIndexOf('/'), text.lastIndexOf('\\')) + 1).trim()
  if (!OF_SERVERS.test(name) && (form || (!OF_APPLICATIONS.test(name) && !OF_KERNEL.has(name)))) return null
  const why = 'The file to be stored has the name of a file that the server or the application reads as its own.'
  const start = text.lastIndexOf(name)
  return {
    rule: 'rce.restricted-file',
    start,
    end: start + name.length,
    why,
    unless: 'Under another name it is a file like any other.',
  }
}
