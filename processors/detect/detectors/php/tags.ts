/** Where PHP begins: open tags, and the variables that hold what the client sent. */
import { codeTokens } from '../../text/code.ts'

export const SUPERGLOBALS = [
  '$_get',
  '$_post',
  '$_request',
  '$_server',
  '$_cookie',
  '$_files',
  '$_session',
  '$_env',
  '$globals',
  '$http_',
] as const

/** `${_GET[x]}`, `${'_GET'}`: such a variable by its name. */
export const NAMED_SUPERGLOBAL = /\$\s?\{\s?['"]?(?:_(?:get|post|request|server|cookie|files|session|env)|globals)\b/

/** `<?php`, `<?=`, `<?` before a blank or `@`; not `<?xml version`, `<?xpacket` and other processing instructions. */
const OPEN = /<\?(?:php\b|=|[\s@;$]|$|xml\s{0,4}:)/g

/** Tags of old PHP and of bulletin boards that run PHP. */
const OTHER = /<script\s{1,4}language\s{0,4}=\s{0,4}["']?php|[[{]\/?php[\]}]|\[\\php\]|<%\s{0,4}eval/

export interface OpenTag {
  readonly at: number
  /** Where the code begins. */
  readonly code: number
  /** `<?php` or `<?=`, which nothing else is. */
  readonly sure: boolean
}

/** The first tag behind which PHP could stand, or null. */
export function openTagOf(lower: string): OpenTag | null {
  OPEN.lastIndex = 0
  for (let i = 0; i < 16; i++) {
    const found = OPEN.exec(lower)
    if (found === null) break
    const sure = found[0].length > 3 || found[0] === '<?='
    const code = found.index + found[0].length
    if (/[^\t\n\r -~]/.test(lower.slice(code, code + 8))) continue
    if (sure || isCode(lower, code)) return { at: found.index, code, sure }
  }
  const other = OTHER.exec(lower)
  return other === null ? null : { at: other.index, code: other.index + other[0].length, sure: true }
}

/** Behind `<?`: nothing more, or a name that is called, a variable, a keyword with an operand. */
function isCode(lower: string, at: number): boolean {
  const [first, second] = codeTokens(lower, at, Math.min(lower.length, at + 256), 2)
  if (first === undefined) return true
  if (first.text.startsWith('$') || first.text === '@' || first.text === '`') return true
  if (first.text === 'php') return true
  if (second === undefined) return false
  return (
    second.text === '(' ||
    /^(?:echo|print|include|include_once|require|require_once|exit|die|eval|return|if|foreach|while)$/.test(first.text)
  )
}

export function isSuperglobal(name: string): boolean {
  return (
    (SUPERGLOBALS as readonly string[]).includes(name.replace(/^[@&]+/, '')) ||
    /^\$http_(?:get|post|cookie|server|env|session|request|raw)_/.test(name)
  )
}
