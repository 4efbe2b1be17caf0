/** Values that are nothing but a piece of JavaScript with which it is tried out whether code runs. */

interface Probe {
  readonly pattern: RegExp
  readonly what: string
}

const PROBES: readonly Probe[] = [
  {
    what: 'a call of the file system',
    pattern:
      /^[\s;,'"({!+-]{0,8}(?:fs|node:fs|fs\.promises)\s?\.\s?(?:(?:read|write|append|copy|rename|unlink|symlink|truncate|access|exists|open|rm|chmod|chown|link|lstat|stat|mkdir|mkdtemp|opendir|readdir|readlink|realpath|utimes|watch)\w{0,8}(?:sync)?|createreadstream|createwritestream)\s?\(\s?[^\s)][^\n]{0,200}$/,
  },
  { what: 'the head of a function', pattern: /^[\s;,'"({!+-]{0,8}(?:async\s)?function\s?\(\s?\)\s?\{?[\s;})'"]{0,8}$/ },
  {
    what: 'a module that is imported where it is awaited',
    pattern:
      /\bawait\s{1,4}import\(\s{0,4}['"`](?:node:)?(?:fs|os|child_process|net|vm|process|module|worker_threads|http|https|dns|path)['"`]/,
  },
  {
    what: 'a function that is called at once',
    pattern:
      /^[\s;'"(!+-]{0,8}(?:function\s?\(\s?\)\s?\{|\(\s?\)\s?=>)[^\n]{0,200}\b(?:process|require|global|this)\b[^\n]{0,200}\)\s?\(\s?\)[\s;)'"/]{0,8}$/,
  },
  {
    what: 'a function that is constructed',
    pattern: /\breflect\s?\.\s?(?:construct|apply)\s?\(\s?(?:function|eval)\b/,
  },
  { what: 'the constructor of functions', pattern: /^[\s;,'"({!+-]{0,8}new\sfunction\s{0,4}\([^\n]{0,300}$/ },
  {
    what: 'an assignment to what a module exports',
    pattern: /^[\s;,'"]{0,8}module\s?\.\s?exports\s?=(?!\s?(?:function|class|async|\{|require))\s?[^\n]{0,60}$/,
  },
  {
    what: 'a call of the console',
    pattern:
      /^[\s;,'"({!+-]{0,8}console\s?(?:\.\s?(?:log|info|warn|error|debug|table|dir|trace)|\[\s?['"]\w{3,8}['"]\s?\])(?:\s?\.\s?(?:call|apply|bind)\s?\(\s?(?:this|null|console|global\w{0,4})\s?,|\s?\()\s?\[?(?:\d{1,12}|['"][\w.-]{0,24}['"]|process[\w.]{0,40}|this|require[^\n]{0,60}|global\w{0,4})\s?\]?\)[\s;)'"/]{0,8}$/,
  },
  {
    what: 'a property of the process',
    pattern:
      /^[\s;,'"({$[]{0,8}process\s?(?:\.\s?(?:env|argv|cwd\(\)\.|versions?)|\[\s?['"`]?(?:env|argv|cwd|versions?|mainmodule|binding|dlopen|exit|kill|pid|stdout|(?:req|request)\.(?:query|params|body)\.\w{1,32})['"`]?\s?\]?)(?:\.\w{1,64}|\[[^\]\n]{1,64}\]|\(\))?[\s;)'"\]}]{0,8}$/,
  },
  {
    what: 'a call that ends the process',
    pattern: /^[\s;,'"({})]{0,8}process\s?\.\s?(?:exit|kill|abort|chdir|setuid)\s?\([^\n]{0,64}$/,
  },
  {
    what: 'a loop without end',
    // The condition is a constant: no name in it but those of constants and constructors.
    pattern:
      /^[\s;,'"({})]{0,8}(?:(?:var|let|const)\s\w{1,16}\s?=\s?new\sdate\(\);?\s?)?(?:while\s?\(\s?(?:[!+\-()\s\d.[\]{}]|true|this|window|infinity|!\s?(?:false|null|undefined|nan)|new\s[a-z]{1,16}|string|boolean|function|object|array|"[^"\n]{0,32}"|'[^'\n]{0,32}'|`[^`\n]{0,32}`|[=<>]{1,3}){1,16}\)|for\s?\(\s?;\s?;\s?\)|do\s?\{[^}\n]{0,64}\}\s?while)\s?[^\n]{0,64}$/,
  },
  {
    what: 'a response written by the client',
    pattern:
      /^[\s;,'"({})]{0,8}(?:res|response)\s?\.\s?(?:end|write|send)\s?\(\s?(?:['"]\w{0,40}['"]|\d+[*+]\d+|process|require|this|global)[^\n]{0,200}$/,
  },
  {
    // References of React's server functions: `$1:x:y` is a member of a part (CVE-2025-55182).
    what: 'a reference to the constructor of functions',
    pattern:
      /^[^\n]{0,300}\$@?[0-9a-f]{0,4}:(?:[\w$]{1,24}:){0,4}(?:constructor:constructor|__proto__:(?:then|constructor))(?![\w])/,
  },
  { what: 'code of brackets and signs alone', pattern: /^[[\]()!+{}\s]{32,}$/ },
]

/** Names of options of template engines that are code (CVE-2022-29078). */
const OPTION = /(?:^|[[.\]])(?:outputfunctionname|escapefunction|localsname|destructuredlocals|compiledebug|client)\]?$/

/** Of these documents hold lines too: what an editor or a report sends. */
const LINES: ReadonlySet<string> = new Set([
  'the head of a function',
  'an assignment to what a module exports',
  'a call of the console',
  'a call of the file system',
  'a call that ends the process',
])

/** Files that no line of a program in a document is about. */
const SYSTEM = /['"`]\/(?:etc|proc|root)\//

/** What the value is, or null. */
export function probeOf(lower: string, point: readonly string[]): string | null {
  if (point.at(-1) === '_name' && /view[ _]options/.test(lower) && OPTION.test(lower))
    return 'an option of a template engine that is code'
  if (lower.length > 400) return null
  const what = PROBES.find(({ pattern }) => pattern.test(lower))?.what ?? null
  return what !== null && point.includes('json_doc') && LINES.has(what) && !SYSTEM.test(lower) ? null : what
}
