/** Calls in Python, Ruby, Perl, Lua and C# that start processes, run strings, read files or load objects. */

type Language = 'python' | 'ruby' | 'perl' | 'lua' | 'net'

export interface Callee {
  readonly language: Language
  /** Counts without an argument that is a command, a file or code. */
  readonly sure: boolean
}

const words = (text: string): readonly string[] => text.trim().split(/\s+/)

/** Language, whether sure, modules, their functions. */
const MEMBERS: readonly (readonly [Language, boolean, string, string])[] = [
  [
    'python',
    true,
    'os posix nt commands',
    'system popen popen2 popen3 execl execv execve execvp execlp spawnl spawnv getoutput getstatusoutput posix_spawn startfile',
  ],
  ['python', false, 'os', 'listdir fork walk scandir'],
  ['python', true, 'subprocess', 'popen call run check_output check_call getoutput getstatusoutput'],
  ['python', false, 'pty', 'spawn'],
  ['python', false, 'platform', 'popen'],
  ['python', false, 'runpy', 'run_path run_module'],
  ['python', false, 'timeit', 'timeit repeat'],
  ['python', false, 'code', 'interact'],
  ['python', false, 'pdb', 'set_trace run'],
  ['python', false, 'pickle cpickle _pickle dill marshal', 'load loads'],
  ['python', false, 'yaml jsonpickle shelve', 'load unsafe_load full_load decode open'],
  ['python', true, 'importlib builtins __builtins__', 'import_module __import__ eval exec open compile getattr'],
  ['ruby', true, 'kernel process', 'exec system spawn fork eval open'],
  ['ruby', true, 'open3', 'capture2 capture2e capture3 popen2 popen2e popen3 pipeline'],
  ['ruby', false, 'io', 'popen sysopen read readlines binread write foreach'],
  ['ruby', false, 'file', 'read open readlines binread write delete foreach new'],
  ['ruby', false, 'dir', 'entries glob children foreach'],
  ['ruby', false, 'pty', 'spawn'],
  ['ruby', false, 'erb', 'new'],
  ['ruby', false, 'marshal yaml oj psych', 'load unsafe_load'],
  ['ruby', false, 'object module', 'const_get'],
  ['lua', false, 'os', 'execute remove rename tmpname getenv'],
  ['lua', false, 'io', 'popen open lines'],
  ['lua', false, 'package', 'loadlib'],
  ['net', true, 'process', 'start'],
  ['net', true, 'assembly', 'load loadfrom loadfile loadwithpartialname unsafeloadfrom'],
  ['net', false, 'activator', 'createinstance'],
  ['net', false, 'type', 'gettype'],
  ['net', false, 'convert', 'frombase64string'],
  ['net', false, 'file directory', 'readalltext writealltext readallbytes readlines getfiles delete'],
  ['net', false, 'server', 'createobject'],
]

/** Functions without a module. */
const BARE: readonly (readonly [Language, boolean, string])[] = [
  ['python', true, '__import__'],
  ['python', false, 'eval exec compile execfile open'],
  ['perl', false, 'qx system popen syscall readpipe'],
  ['lua', false, 'loadstring load dofile loadfile'],
  ['net', false, 'createobject getobject processstartinfo'],
]

/** Methods that run what they are given, of whatever object. */
const METHODS = words(
  'instance_eval class_eval module_eval constantize public_send __send__ instance_variable_get const_get',
)

const CALLEES = new Map<string, Callee>()
for (const [language, sure, modules, functions] of MEMBERS)
  for (const module of words(modules))
    for (const name of words(functions)) CALLEES.set(`${module}.${name}`, { language, sure })
for (const [language, sure, names] of BARE) for (const name of words(names)) CALLEES.set(name, { language, sure })

export const CALL_NEEDLES: readonly string[] = [
  ...MEMBERS.flatMap(([language, , modules, functions]) =>
    words(modules).flatMap(module =>
      words(functions).flatMap(name =>
        language === 'ruby' ? [`${module}.${name}`, `${module}::${name}`] : [`${module}.${name}`],
      ),
    ),
  ),
  ...BARE.flatMap(([, , names]) =>
    words(names).flatMap(name => ['(', ' (', " '", ' "', ' `', '/*'].map(gap => name + gap)),
  ),
  ...METHODS,
]

/** Which function a path of names is, lower case: whole, or its last two or one. */
export function calleeOf(path: readonly string[]): Callee | null {
  const last = path.at(-1)!
  if (path.length === 1) return CALLEES.get(last) ?? null
  if (METHODS.includes(last)) return { language: 'ruby', sure: false }
  return CALLEES.get(`${path.at(-2)}.${last}`) ?? null
}

/** What an argument holds that makes it a payload: a command, a file of the system, code, an object that runs commands. */
const COMMAND =
  /^\s*\|?\s*(?:sudo\s)?(?:id|ls|dir|ps|pwd|whoami|uname|hostname|ifconfig|ipconfig|netstat|cat|type|wget|curl|nc|ncat|sleep|ping|echo|bash|sh|zsh|\/bin\/\w+|\/usr\/bin\/\w+|cmd(?:\.exe)?|powershell|rm|touch|perl|python\d?|ruby|nslookup|dig|calc(?:\.exe)?|env|printenv|net user|systeminfo|telnet|chmod|find|tail|head)(?:[\s;|&'"$<>/,]|$)/

const REACH =
  /\/etc\/|\/proc\/|\/var\/|c:[\\/]|\.\.\/|\/\.ssh|\/bin\/|^\|\s*\w|__import__|import (?:os|socket|sys|pty|subprocess)|os\.|<%|win\.ini|system32|subprocess|system\(|system\.(?:diagnostics|io|reflection)|popen|wscript\.shell|shell\.application|scripting\.filesystem|msxml2|adodb\.stream|exec\(|base64|\bkernel\b|^\/$|[a-z]:\\|^(?:os|posix|subprocess|sys|pty|socket|builtins)$|\d[*+]\d/

export function isPayload(argument: string): boolean {
  return COMMAND.test(argument) || REACH.test(argument)
}
