/** Programs that run what the request brings: code or commands go straight from a parameter into an interpreter. */

export interface ShellCode {
  readonly at: number
  readonly shows: string
  readonly what: string
}

/** What the request brings, in PHP. */
const FROM_REQUEST = String.raw`(?:\$\{?["'\[]?_(?:get|post|request|cookie|server|files|env)\b|\$http_raw_post_data|file_get_contents\s{0,4}\(\s{0,4}["']php://input|getallheaders\s{0,4}\(|apache_request_headers\s{0,4}\()`
/** What a value may pass through on its way. */
const THROUGH = String.raw`[\s@("'.${'`'}{\$\w]{0,80}`

const SHAPES: readonly (readonly [pattern: RegExp, what: string])[] = [
  [
    new RegExp(
      String.raw`\b(?:eval|assert|system|passthru|shell_exec|exec|popen|proc_open|pcntl_exec|call_user_func(?:_array)?|array_map|array_filter|usort|uasort|register_shutdown_function)\s{0,4}(?:/\*.{0,32}?\*/)?\(${THROUGH}${FROM_REQUEST}`,
    ),
    'PHP that runs a parameter',
  ],
  [
    new RegExp(
      String.raw`\b(?:create_function\s{0,4}\(|(?:array_map|array_filter|usort|call_user_func(?:_array)?)\s{0,4}\(\s{0,4}["'](?:assert|eval|system|passthru|shell_exec|exec)["']|preg_replace\s{0,4}\(\s{0,4}["']([^\w\s"'])[^"'\n]{0,80}?\1[a-df-z]{0,6}e[a-z]{0,6}["'])[^;\n]{0,80}?${FROM_REQUEST}`,
    ),
    'PHP that runs a parameter',
  ],
  [
    new RegExp(String.raw`(?:include|require)(?:_once)?\s{0,4}[("'\s]{1,4}@?${FROM_REQUEST}`),
    'PHP that includes a parameter',
  ],
  [/`[^`\n]{0,32}\$\{?_(?:get|post|request|cookie)\b/, 'PHP that runs a parameter as a command'],
  [
    /\$\{?_(?:get|post|request|cookie)\}?\s{0,4}(?:\[[^\]\n]{0,32}\]|\{[^}\n]{0,32}\})\s{0,4}\(/,
    'PHP that calls what a parameter names',
  ],
  [
    /\b(?:eval|assert)\s{0,4}\(\s{0,4}@?(?:gzinflate|gzuncompress|gzdecode|str_rot13|strrev|base64_decode|hex2bin|convert_uudecode|rawurldecode|urldecode)\s{0,4}\(/,
    'PHP that runs packed code',
  ],
  [/<%@?[^%]{0,200}\b(?:eval|execute(?:global)?)(?: ?\( ?| )request\b/, 'ASP that runs a parameter'],
  [
    /\bgetruntime\s{0,4}\(\s{0,4}\)\s{0,4}\.\s{0,4}exec\s{0,4}\([^;\n]{0,80}\brequest\s{0,4}\.\s{0,4}getparameter/,
    'JSP that runs a parameter',
  ],
  [
    /\bnew\s{1,4}(?:java\.lang\.)?processbuilder\s{0,4}\([^;\n]{0,80}\brequest\s{0,4}\.\s{0,4}getparameter/,
    'JSP that runs a parameter',
  ],
  [/\bdefineclass\s{0,4}\([^;\n]{0,120}(?:request|base64|cipher|dofinal)/, 'JSP that loads code of the request'],
  [/\bcreateobject\s{0,4}\(\s{0,4}["']wscript\.shell["']\s{0,4}\)[^%]{0,200}request\b/, 'ASP that runs a parameter'],
  [/\bprocess\.start\s{0,4}\([^;\n]{0,80}\brequest\s{0,4}(?:\.|\[)/, 'ASP.NET that runs a parameter'],
  [
    /@(?:ini_set|error_reporting)\s{0,4}\([^)\n]{0,40}\)\s{0,4};\s{0,4}@?(?:set_time_limit|ini_set)\s{0,4}\([^)\n]{0,40}\)\s{0,4};[\s\S]{0,600}(?:base64_decode|open_basedir|->\|)/,
    'a command of China Chopper or AntSword',
  ],
  [/response\.write\s{0,4}\(\s{0,4}["']->\|/, 'a command of China Chopper'],
]

export const CODE_NEEDLES: readonly string[] = [
  ...['get', 'post', 'request', 'cookie', 'server', 'files', 'env'].flatMap(name =>
    ['$', '{', '"', "'", '['].map(mark => `${mark}_${name}`),
  ),
  'php://input',
  '$http_raw_post_data',
  'getallheaders',
  'apache_request_headers',
  'base64_decode',
  'gzinflate',
  'gzuncompress',
  'gzdecode',
  'str_rot13',
  'strrev',
  'hex2bin',
  'convert_uudecode',
  'urldecode',
  ...['eval', 'execute', 'executeglobal'].flatMap(call =>
    ['request', '(request', '( request', ' (request', ' ( request'].map(
      rest => `${call}${rest === 'request' ? ' ' : ''}${rest}`,
    ),
  ),
  'getparameter',
  'defineclass',
  'wscript.shell',
  'process.start',
  '->|',
  'open_basedir',
]

/** Longer programs do more than one thing; a shell is short, or shows itself in its first lines. */
const HEAD = 16_384

/** In lower case. The first shape that it has. */
export function shellCode(lower: string): ShellCode | null {
  const head = lower.length > HEAD ? lower.slice(0, HEAD) : lower
  for (const [pattern, what] of SHAPES) {
    const found = pattern.exec(head)
    if (found !== null) return { at: found.index, shows: found[0].slice(0, 200), what }
  }
  return null
}

/** A value that is a program from its first character on. */
export function isProgram(lower: string): boolean {
  return /^\s{0,64}(?:gif8[79]a[^<]{0,64})?<(?:\?(?:php|=|\s)|%|script\s[^>]{0,64}(?:php|runat))/.test(lower)
}
