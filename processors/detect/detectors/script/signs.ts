/** Constructs that are no calls: commands between delimiters, names for functions, objects of Windows, lookups through related objects. */

export interface Sign {
  readonly rule: string
  readonly pattern: RegExp
  readonly why: string
}

const COMMANDS =
  '(?:id|ls|dir|ps|pwd|whoami|uname|hostname|ifconfig|netstat|cat|wget|curl|nc|sleep|ping|echo|bash|sh|env|rm|touch|nslookup|\\/bin\\/\\w+)'

/** Looked for in terse values. */
export const SIGNS: readonly Sign[] = [
  {
    rule: 'rce.ruby',
    pattern: new RegExp(
      `\\bprocess\\s{0,4}\\.\\s{0,4}spawn\\s{0,4}\\(|%x[({[<|!/]\\s{0,4}${COMMANDS}\\b|\\bopen\\s?\\(\\s?["']\\|\\s?\\w|\\bsend\\s?\\(\\s?:(?:system|exec|eval|\`|spawn|open|instance_eval)|:system\\s?,|\\bobjectspace\\.|\\bputs\\s{1,4}\`|\\b(?:system|exec)\\s{1,4}["']${COMMANDS}\\b`,
    ),
    why: 'The code runs a command as Ruby does it.',
  },
  {
    rule: 'rce.perl',
    pattern: new RegExp(
      `@\\{\\s?\\[|\\$\\{\\s?\\\\\\s?(?:system|exec|qx|\`|\\()|\\bqx\\s?[/{('|!]\\s{0,4}${COMMANDS}|\\bopen\\s?\\(?\\s?\\w{1,16},\\s?["'](?:\\||[^"'|]{1,64}\\|\\s?["'])|\\bprint\\s?\`[^\`]{1,128}\`|\\bsystem\\s?\\(?qq?[{(/]|;\\s?system\\s?\\(\\s?\\$`,
    ),
    why: 'The code runs a command as Perl does it.',
  },
  {
    rule: 'rce.net-code',
    pattern:
      /wscript\.shell|shell\.application|scripting\.filesystemobject|adodb\.stream|createobject\s?\(|\bresponse\.write\s?\(\s?(?:\d{1,9}\s?[*+]\s?\d|server|eval|request|createobject)|\beval\s?\(?\s?request\b|\bexecute(?:global)?\s?\(?\s?request\b|\.gettype\(\)\.assembly|\.getmethod\(\s?["'](?:start|invoke|load)|<msxsl:script|\bserver\.createobject|getclrtype|addtype\s/,
    why: 'The code reaches for objects of Windows or .NET that start processes.',
  },
  {
    rule: 'rce.python',
    pattern:
      /\bsys\.modules\s?\[|\bgetattr\s?\(\s?__|\bglobals\(\)\s?\[|__builtins__\s?[[.]|\bimport\s{1,4}(?:os|subprocess|pty|socket|sys)\s?[;,]|^\W{0,4}import\s{1,4}(?:os|subprocess|pty)\s{0,4}$|\bfrom\s(?:os|subprocess|pty)\simport\s|^\W{0,4}(?:globals|locals|vars|breakpoint)\(\)\W{0,4}$|^\W{0,4}time\.sleep\(\d{1,5}\)\W{0,4}$|\bprint\(open\(/,
    why: 'The code gets at modules of Python that start processes.',
  },
  {
    rule: 'rce.lua',
    pattern: /\bos\.execute\b|\bio\.popen\b|\bpackage\.loadlib\b|\bstring\.dump\s?\(|\bloadstring\s?\(/,
    why: 'The code calls a function of Lua that starts processes or loads code.',
  },
]

/** Two relations and a lookup that answers letter by letter (Django): `user__profile__password__startswith`. */
const RELATED = /^[a-z]\w{0,64}?__(?:\w{1,200}__)(?:has_keys?|has_any_keys|i?startswith|i?endswith|i?regex|i?contains)$/

const SECRET = /password|passw|token|secret|api_?key|hash|otp|session|is_staff|is_superuser|credential/

/** Does the name of a parameter reach through related objects to a field that it then guesses? */
export function isGuessingLookup(lower: string): boolean {
  const name = lower.trim()
  if (name.length > 300 || !RELATED.test(name)) return false
  const parts = name.split('__')
  return parts.length >= 4 || name.includes('__has_') || (parts.length >= 3 && SECRET.test(name))
}
