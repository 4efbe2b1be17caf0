/** What needs no reading of a command line: spelling that only an attack on a shell has. */

export interface Sighting {
  readonly rule: string
  readonly start: number
  readonly end: number
  readonly why: string
  readonly unless: string
}

/** How much of a value the expressions below look at from a place on. */
const WINDOW = 200

/** `() { :;}; …`, the definition of a function as the value of a variable (CVE-2014-6271). */
export function shellshock(text: string): Sighting | null {
  for (let at = text.indexOf('('), tries = 0; at >= 0 && tries < 32; at = text.indexOf('(', at + 1), tries++) {
    const found = /^\(\s{0,8}\)\s{0,8}\{/.exec(text.slice(at, at + 24))
    if (found === null) continue
    const before = text.slice(Math.max(0, at - 40), at)
    const rest = text.slice(at + found[0].length, at + WINDOW)
    const begins = /(?:^|[="']|^\w{1,32}=)\s*$/.test(before) && !/[=)]\s+$|\bfunction/.test(before)
    const ignored =
      /^\s*(?::|_|ignored|x|foo|echo|a|test)?\s*;\s*\}\s*(?:;|>_|$)|^[^}]{0,32}\};\s*(?:\/|echo|ping|wget|curl)/.test(
        rest,
      )
    if (!begins && !(ignored && !/function|=>/.test(before))) continue
    const end = Math.min(text.length, at + WINDOW)
    const why =
      'The value is the definition of a function, after which Bash before 2014 runs what follows when the value becomes an environment variable.'
    return {
      rule: 'rce.shellshock',
      start: at,
      end,
      why,
      unless: 'Without "() {" at its beginning it is an ordinary value.',
    }
  }
  return null
}

/** `!-1`, `!!:p` as the whole value. */
export function historyOnly(text: string): Sighting | null {
  if (text.length > 40 || !/^\s*(?:!-\d{1,4}(?::[\w$^*-]{1,8})?|!!:?[\w$^*]{0,4}!-\d)(?:![!\d-]{1,5})*\s*$/.test(text))
    return null
  const why = 'The value repeats commands of the history of a shell.'
  return {
    rule: 'rce.history',
    start: 0,
    end: text.length,
    why,
    unless: 'Without the exclamation mark it is a number.',
  }
}

/** `/dev/tcp/10.0.0.1/4444`: no file but a connection of Bash. */
export function deviceOfBash(lower: string): Sighting | null {
  const at = Math.max(lower.indexOf('/dev/tcp/'), lower.indexOf('/dev/udp/'))
  if (at < 0) return null
  const found = /^\/dev\/(?:tcp|udp)\/[^\s/]{1,128}\/[\w$]{1,16}/.exec(lower.slice(at, at + WINDOW))
  if (found === null) return null
  const why = 'Bash opens a connection for this path, which is how a shell is handed to an attacker.'
  return {
    rule: 'rce.reverse-shell',
    start: at,
    end: at + found[0].length,
    why,
    unless: 'No program opens such a path by itself.',
  }
}

/** `; .system id`, a line of its own in the shell of SQLite. */
export function dotCommand(text: string): Sighting | null {
  const found =
    /(?:^|[;\n])\s{0,8}\.\s{0,4}["']?(?:archive|auth|backup|bail|binary|cd|changes|check|clone|connection|databases|dbconfig|dbinfo|dump|echo|eqp|excel|expert|explain|filectrl|fullschema|headers|import|imposter|indexes|iotrace|limit|lint|load|log|nonce|nullvalue|once|output|parameter|print|progress|prompt|restore|save|scanstats|schema|selftest|separator|session|sha3sum|shell|stats|system|tables|testcase|testctrl|timeout|timer|trace|vfsinfo|vfslist|vfsname|width)(?=[\s;"']|$)/i.exec(
      text.slice(0, 4096),
    )
  if (found === null || (found.index === 0 && !/^\s*[;\n]/.test(found[0]) && !/^\.(?:shell|system)\s/i.test(text)))
    return null
  const why = 'The line is a command of the shell of SQLite, which runs programs and reads files.'
  return {
    rule: 'rce.sqlite-shell',
    start: found.index,
    end: found.index + found[0].length,
    why,
    unless: 'Not on a line of its own, it would be text.',
  }
}
