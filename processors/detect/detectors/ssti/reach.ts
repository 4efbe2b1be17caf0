/** What an expression reaches for that no template needs: internals of the language, processes, files, secrets of the framework. */
import type { CodeToken } from '../../text/code.ts'
import type { Opener } from './expressions.ts'

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))

/** Names that give the way out of the sandbox wherever they stand. */
const INTERNALS = words(`
  __class__ __mro__ __base__ __bases__ __subclasses__ __globals__ __builtins__ __import__ __init__ __dict__ __getattribute__ __getitem__
  __code__ __call__ __reduce__ __proto__ __self__ __func__ __module__ __doc__ __name__ __dir__ __enter__ __spec__ __loader__
  func_globals f_globals gi_frame gi_code tb_frame im_func func_code subclasses mainmodule child_process execsync spawnsync
  getclass forname getruntime processbuilder getdeclaredmethods getenginebyname scriptenginemanager newinstance methodhandles
  objectconstructor jythonruntime freemarker.template.utility.execute registerundefinedfiltercallback getfilter setcache
  smarty_internal_write_file smarty_internal_runtime_tplfunction getstreamvariable lipsum cycler get_flashed_messages
  shell_exec passthru proc_open file_get_contents file_put_contents phpinfo show_source highlight_file popen check_output
  instance_variable_get instance_eval class_eval constantize objectspace ____int3rpr3t3r____ get_source load_module
  outputfunctionname escapefunction globalthis _charset _context storages get_admin_log tourl lower_abc upper_abc
`)

/** Names that do so when they are called. */
const CALLED = words(
  'exec system eval execfile compile popen spawn open assert dump import_module require include_once require_once readfile unlink backtick fork syscall call_user_func getenv',
)

/** Functions that filters take by their names: Twig calls what `filter`, `map`, `sort` and `reduce` are given. */
const FILTERS_OF_CALLABLES = words('filter map sort reduce find column usort')
const CALLABLES = words(
  'ini_set system passthru exec shell_exec popen proc_open phpinfo assert eval file_get_contents call_user_func unserialize print_r var_dump readfile',
)

/** Objects that a template has no reason to print as a whole. */
const WHOLE = words(
  'config self _self request app process global settings _context _env this.constructor env environ sessionscope applicationscope requestscope pagecontext initparam root namespace joiner debug .version .data_model .vars .globals',
)

/** Members of the framework's own objects. */
const MEMBERS: ReadonlyMap<string, RegExp> = new Map([
  ['config', /^(?:items|from_\w+|secret\w*|root_path|__\w+|keys|values|iteritems|update|copy|get_namespace|pop)$/],
  ['request', /^(?:application|environ|__\w+|_load_form_data|getclass|getsession|class|url_rule|server)$/],
  ['app', /^(?:request|session|environment|__\w+|getenvironment)$/],
  ['settings', /^(?:secret\w*|databases|__\w+)$/],
  ['_self', /^(?:env|gettemplatename|gettemplatecontext|__\w+|displayblock)$/],
  [
    'self',
    /^(?:__\w+|_tt_|module|context|template|_templatereference__context|class|methods|instance_variables|method)$/,
  ],
  ['process', /^(?:mainmodule|binding|env|exit|kill|argv|start|platform|cwd|version\w*)$/],
  ['global', /^(?:process|require|constructor)$/],
  ['root', /^(?:process|global|constructor)$/],
  ['_', /^(?:version|templatesettings)$/],
  ['this', /^(?:evaluate|constructor|process|__proto__|__\w+)$/],
  ['smarty', /^(?:version|template\w*|current_dir|const|config|env|server|cookies|session)$/],
  ['$smarty', /^(?:version|template\w*|current_dir|const|config|env|server|cookies|session)$/],
  ['pagecontext', /^(?:request|servletcontext|session|response|class)$/],
  ['system', /^(?:diagnostics|io|reflection|environment|appdomain|getenv|getproperty|cmd|shell|exit|net)$/],
  ['class', /^(?:inspect|forname|getresource|getclassloader|module|classloader|protectiondomain)$/],
  ['os', /^(?:system|popen|environ|listdir|exec\w*|spawn\w*|getcwd|getenv|cpus|hostname)$/],
])

/** Classes of Ruby that read, list and run; only in the templates of Ruby. */
const RUBY: ReadonlyMap<string, RegExp> = new Map([
  ['file', /^(?:open|read|readlines|write|new|binread|foreach|delete)$/],
  ['dir', /^(?:entries|glob|children|foreach|\[)$/],
  ['io', /^(?:popen|read|readlines|sysopen|binread)$/],
  ['kernel', /^\w+$/],
  ['open3', /^\w+$/],
  ['pty', /^spawn$/],
  ['process', /^(?:spawn|exec|kill|fork)$/],
  ['env', /^(?:to_a|to_h|inspect|each|map)$/],
  ['marshal', /^load$/],
  ['rails', /^application$/],
  ['response', /^write$/],
])

/** What the expression reaches for, or null. `tokens` are lower case, constant strings put together. */
export function reachOf(tokens: readonly CodeToken[], opener: Opener): string | null {
  if (tokens.length === 0) return null
  const whole = wholeOf(tokens, opener)
  if (whole !== null && opener !== '{' && opener !== '[[' && opener !== '@(') return whole
  for (let i = 0; i < tokens.length; i++) {
    const found = reachAt(tokens, i, opener)
    if (found !== null) return found
  }
  return null
}

function reachAt(tokens: readonly CodeToken[], i: number, opener: Opener): string | null {
  const { kind, text } = tokens[i]!
  const [next, second] = [tokens[i + 1]?.text, tokens[i + 2]?.text]
  if (kind === 'string' || kind === 'open')
    return isInternal(text) || text === 'constructor' ? `"${text}"` : pathIn(tokens, i)
  if (text === '`' || (text === '?' && /^(?:new|api|eval|interpret)$/.test(next ?? ''))) return `${text}${next ?? ''}`
  if (kind !== 'name') return null
  if (isInternal(text) && (opener !== '{' || next === '(' || next === '::')) return text
  if (
    text === 'constructor' &&
    (next === '(' || next === '.' || next === '[' || next === '?.') &&
    tokens[i - 1] !== undefined
  )
    return 'constructor'
  if (text === 'constructor' && second === 'constructor') return 'constructor.constructor'
  if (CALLED.has(text) && next === '(' && !isLabel(tokens, i)) return `${text}()`
  if (text === 'execute' && next === '(' && second === ')' && tokens[i - 1]?.text === '.') return '.execute()'
  if (text === 'char' && next === ')' && tokens[i - 1]?.text === '(' && tokens[i + 2]?.kind === 'number')
    return '(char)'
  if (text === 'chr' && next === '(' && tokens[i + 2]?.kind === 'number') return 'chr()'
  if (text === 'attr' && tokens[i - 1]?.text === '|' && next === '(') return '|attr()'
  if (
    FILTERS_OF_CALLABLES.has(text) &&
    tokens[i - 1]?.text === '|' &&
    next === '(' &&
    tokens.slice(i + 2, i + 8).some(token => CALLABLES.has(token.text))
  )
    return `|${text}()`
  if (CALLABLES.has(text) && tokens[i - 1]?.text === '|' && text !== 'print_r') return `|${text}`
  const member = next === '.' || next === '[' || next === '?.' ? second : undefined
  if (member !== undefined && tokens[i - 1]?.text !== '.') {
    if (
      (MEMBERS.get(text) ?? MEMBERS.get(text.replace(/^\$/, '')))?.test(member) &&
      !(opener === '${' && text === 'process' && member === 'env')
    )
      return `${text}.${member}`
    if ((opener === '<%' || opener === '#{') && RUBY.get(text)?.test(member)) return `${text}.${member}`
    if (text === 'config' && next === '[') return `config["${member}"]`
  }
  if ((opener === '{%' || opener === '<%') && text === 'import' && i === 0 && tokens[1]?.kind === 'name')
    return `import ${next}`
  if (
    opener === '<%' &&
    i < 2 &&
    /^(?:system|exec|eval|require|load|open|puts|spawn|execute|response|server|createobject)$/.test(text) &&
    /^(?:string|open)$/.test(tokens[i + 1]?.kind ?? '')
  )
    return `${text} "${next}"`
  if (opener === '<%' && /^(?:eval|execute)$/.test(text) && /^(?:request|server)/.test(next ?? ''))
    return `${text} ${next}`
  return null
}

/** A parameter name or a key, not a call. */
function isLabel(tokens: readonly CodeToken[], i: number): boolean {
  return /^(?:function|def|macro|block)$/.test(tokens[i - 1]?.text ?? '')
}

function isInternal(text: string): boolean {
  return INTERNALS.has(text)
}

/** A file of the system as the operand of `include`, `source`, `open` and their like. */
function pathIn(tokens: readonly CodeToken[], i: number): string | null {
  const { text } = tokens[i]!
  if (!/^(?:file:|\/etc\/|\/proc\/|\/var\/|[a-z]:\\|(?:\.\.\/){2}|https?:\/\/\S+\.(?:ftl|tpl|vm|twig))/.test(text))
    return null
  return tokens
    .slice(Math.max(0, i - 3), i)
    .some(token =>
      /^(?:include|source|import|parse|fetch|file|extends|read|load|open|file_excerpt|url|jar)$/.test(token.text),
    )
    ? `"${text}"`
    : null
}

/** The expression is nothing but an object of the framework. */
function wholeOf(tokens: readonly CodeToken[], opener: Opener): string | null {
  if (tokens.length > 4) return null
  const text = tokens.map(token => token.text).join('')
  if (text.startsWith('.') && opener !== '${' && opener !== '[=') return null
  return WHOLE.has(
    text.replace(/^=/, '').replace(/\|(?:e|safe|json|dump|string|pprint|tojson|join|keys|json_encode)\(?\)?$/, ''),
  )
    ? text
    : null
}
