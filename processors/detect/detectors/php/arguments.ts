/** What a function is given. */
import type { CodeToken } from '../../text/code.ts'
import { isSuperglobal } from './tags.ts'

/** A string or a variable: what prose in parentheses is not. */
export function isArgument(token: CodeToken | undefined): boolean {
  return token !== undefined && (token.kind === 'string' || token.kind === 'open' || token.text.startsWith('$'))
}

/** A string or a variable; of what includes files, one that is a path. Other languages have words such as `include`. */
export function isRunArgument(name: string, argument: CodeToken | undefined): boolean {
  if (!isArgument(argument)) return false
  return !/^(?:include|require)/.test(name) || /^\/|^\.\.|^\$_|:\/\/|\.php|\.inc\b|\0/.test(argument!.text)
}

/** The parenthesis is followed at once by a quote. */
export function isCalledAtOnce(open: CodeToken, argument: CodeToken | undefined): boolean {
  return (
    argument !== undefined && argument.start === open.end && (argument.kind === 'string' || argument.kind === 'open')
  )
}

/** Is what the client sent among the first arguments, or a string that is a command, a wrapper or a file? */
export function givesPayload(tokens: readonly CodeToken[], from: number): boolean {
  for (let i = from; i < Math.min(tokens.length, from + 12); i++) {
    const { kind, text } = tokens[i]!
    if (text === ';') return false
    if (kind === 'name' && (isSuperglobal(text) || text === 'base64_decode' || text === 'gzinflate')) return true
    if ((kind === 'string' || kind === 'open') && isPayload(text)) return true
    if (
      kind === 'name' &&
      i === from &&
      tokens[i + 1]?.text === ')' &&
      /^(?:ls|dir|pwd|whoami|uname|ifconfig|ipconfig|netstat|ps)$/.test(text)
    )
      return true
  }
  return false
}

/** Commands with which it is tried out whether code runs, files of the system, and wrappers. */
function isPayload(text: string): boolean {
  return (
    /^\s*(?:id|ls|dir|ps|pwd|whoami|uname|hostname|ifconfig|ipconfig|netstat|cat|type|wget|curl|nc|ncat|sleep|ping|echo|bash|sh|cmd|powershell|rm|chmod|touch|perl|python\d?|nslookup|find|systeminfo|net user)(?:[\s;|&'"$<>/.]|$)/.test(
      text,
    ) || /\/etc\/|\/bin\/|php:\/\/|data:|expect:\/\/|<\?php|cmd\.exe|c:\\/.test(text)
  )
}
