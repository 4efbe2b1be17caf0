/**
 * Patterns of hosts, paths and ids: `*` is any text without the separator, `**` any text, everything else is itself.
 * Compiled to an expression that is matched in linear time.
 */
import { RE2JS } from 're2js'

export function glob(pattern: string, separator: string): (text: string) => boolean {
  const one = `[^${separator === '.' ? '' : RE2JS.quote(separator)}\\n]*`
  const source = pattern
    .split(/(\*\*?)/)
    .map(part => (part === '**' ? '(?s:.*)' : part === '*' ? one : RE2JS.quote(part)))
    .join('')
  const compiled = RE2JS.compile(source)
  return text => compiled.testExact(text)
}
