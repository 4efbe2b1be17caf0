/** Values that are an expansion of a shell and nothing else: whoever sends them asks whether a shell reads them. */
import type { Sighting } from './anywhere.ts'
import { isTarget } from './words.ts'

/** `~+`, `~-/x`: folders of the running shell. */
export function tildeOnly(text: string): Sighting | null {
  if (
    text.length > 80 ||
    !/^~[-+](?:\d{1,3})?(?:\/[\w./-]*)?$/.test(text) ||
    (/^~[-+]\d+$/.test(text) && text.length > 4)
  )
    return null
  const why = 'The value is expanded by a shell to the folder that it works in.'
  return { rule: 'rce.tilde', start: 0, end: text.length, why, unless: 'Quoted, a tilde is a letter.' }
}

/** Substitutions as the whole value, whichever command they hold, and sums that only a shell makes. */
export function substitutionOnly(text: string): Sighting | null {
  if (text.length > 120) return null
  const trimmed = text.trim()
  const sum = /\$(?:\(\(|\[)\s?\d{1,9}\s?(?:[-+*/%]\s?\d{1,9}\s?){1,4}(?:\)\)|\])/.exec(text)
  const whole = WHOLE.some(one => one.test(trimmed))
  if (sum === null && (!whole || JQUERY.test(trimmed))) return null
  const start = sum?.index ?? 0
  const why = 'The value is an expansion that only a shell makes: the output of a command or the result of a sum.'
  return {
    rule: 'rce.substitution',
    start,
    end: start + (sum?.[0].length ?? text.length),
    why,
    unless: 'Without the dollar sign, the parentheses hold text.',
  }
}

/** Output of a command, a process in the place of a file, a sum. */
const WHOLE = [
  /^\$\([a-z_][a-z0-9_.-]{1,30}(?:\s[^()]{0,60})?\)$/,
  /^[<>]\([\w./-]{1,40}(?:\s[^()]{0,60})?\)$/,
  /^\$\(\([a-z]\w{0,30}\)\)$/,
]

/** What people write in `$( )` that is no shell. */
const JQUERY = /^\$\((?:this|document|window|body|html|el|element|event|name|value|version)\)$/

/** `${PATH:0:1}`, `${x//a/b}`, `${!x}`: operations on variables that no template language has. */
export function operationOnVariable(text: string, talk: number): Sighting | null {
  const found =
    /\$\{(?:!\w{1,32}[*@]?\}|\w{1,32}(?::-?\d{1,3}(?::-?\d{1,3})?\}|:[-=+?][^{}\s]{0,40}\}|\/\/[^{}]{1,40}\}|%%?[?*.][^{}]{0,20}\}|##?[?*.][^{}]{0,20}\}|\^{1,2}\}|,{1,2}\}|@[A-Z]\})|(?:IFS|SHELL|OLDPWD)\})/.exec(
      text.slice(0, 4096),
    )
  if (found === null || talk > 0 || text.length > 500) return null
  if (/^\$\{\w+:[-=+?]/.test(found[0]) && !/[\s;|&$]/.test(text.replace(found[0], ''))) return null
  const start = found.index
  const why =
    'Only a shell cuts or replaces pieces of variables this way, done to write what a filter looks for without its letters.'
  return {
    rule: 'rce.evasion',
    start,
    end: start + found[0].length,
    why,
    unless: 'A plain name in the braces would be a variable of a template.',
  }
}

/** `%ProgramFiles:~10,1%`, `%x:a=b%`: pieces of variables of cmd.exe. */
export function pieceOfVariable(text: string, talk: number): Sighting | null {
  const found = talk > 0 ? null : /%[a-z_][\w()]{1,40}:~-?\d{1,3}(?:,-?\d{1,3})?%/i.exec(text.slice(0, 4096))
  if (found === null) return null
  const start = found.index
  const why = 'Only cmd.exe cuts pieces out of variables this way, done to write a name without its letters.'
  return {
    rule: 'rce.evasion',
    start,
    end: start + found[0].length,
    why,
    unless: 'The name alone between percent signs would be a placeholder.',
  }
}

/** Most words that are looked at for a path. */
const MAX_TOKENS = 8

/** `/e[t]c/pa??wd`, `/b'i'n/cat`: a path that is spelled so that no filter reads it. */
export function hiddenPath(text: string, talk: number): Sighting | null {
  if (text.length > 120 || talk > 0 || !/[?*[\\'"$]/.test(text)) return null
  let start = 0
  for (const token of text.split(/[ \t]/, MAX_TOKENS)) {
    if (isHidden(token)) {
      const why = 'The path names a file of the system, with patterns or quotes that only a shell takes out.'
      const unless = 'Spelled without patterns and quotes, it would be a path like any other.'
      return { rule: 'rce.evasion', start, end: start + token.length, why, unless }
    }
    start += token.length + 1
  }
  return null
}

function isHidden(token: string): boolean {
  if (!/^\.{0,2}\/[\w./?*[\]'"\\$@-]{3,110}$/.test(token) || !/[a-z]/i.test(token)) return false
  const plain = token.replace(/\[(\w)\]/g, '$1').replace(/['"\\]|\$[@*\w]/g, '')
  return (plain !== token || /[?*]/.test(token)) && (isTarget(plain) || isProgram(plain))
}

/** `/bin/cat`, `/???/c?t`. */
function isProgram(path: string): boolean {
  return (
    /^\/(?:usr\/)?s?bin\/[\w.-]{1,20}$/.test(path) ||
    (/^\/(?:[a-z?*]{1,5}\/){1,2}[a-z?*]{1,8}$/.test(path) && /[?*]/.test(path) && /[a-z]/.test(path))
  )
}
