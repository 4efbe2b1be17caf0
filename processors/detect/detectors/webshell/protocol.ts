/** How the operators of known shells talk to them: names and values of parameters that belong together. */

const COMMANDS =
  /^(?:whoami(?: \/\w+)?|id|uname(?: -\w+)?|hostname|pwd|ls(?: -\w+)?(?: [/.~][\w./-]{0,64})?|dir(?: [a-z]:\\?[\w\\.]{0,64})?|ps(?: -?\w+)?|netstat(?: -\w+)?|ifconfig(?: -a)?|ip (?:a|addr|route)|ipconfig(?: \/all)?|net (?:user|localgroup|view|share)(?: \w+)*|systeminfo|tasklist(?: \/\w+)?|ver|set|env|w|who|last|cat \/[\w./-]{1,128}|type [a-z]:\\[\w.\\ -]{1,128}|cmd(?:\.exe)? \/c .{1,256}|powershell(?:\.exe)? .{1,512}|(?:wget|curl) .{0,64}https?:\/\/\S{1,256}.{0,64}|echo \w{1,64}|ping -\w \d+ \S{1,128}|nc -\w+ .{1,128}|chmod [+\w]{1,5} \S{1,128}|rm -\w+ \S{1,128})$/

/** Names of the parameter that carries a command. */
export const COMMAND_NAMES: readonly string[] = [
  'cmd',
  'command',
  'exec',
  'execute',
  'shell',
  'shell_cmd',
  'run',
  'c',
  'cm',
  'do',
  'sh',
]

/** What a shell's script is: a file that a server runs. */
const SCRIPT = /\.(?:php\d?|phtml|phar|jspx?|jsw|aspx?|ashx|asmx|cfm|cgi|pl|py|sh)(?:\/|$)/

/** A whole command, given to a script by a name that says so. */
export function isCommand(lower: string, path: string): boolean {
  return lower.length <= 600 && SCRIPT.test(path.toLowerCase()) && COMMANDS.test(lower.trim())
}

/** Values of one parameter that only one shell has. */
const ACTIONS = new Map<string, RegExp>([
  ['a', /^(?:filesman|secinfo|console|stringtools|filestools|bruteforce|selfremove|infect|safemode|rc|logout)$/],
  [
    'act',
    /^(?:ftpquickbrute|selfremove|processes|encoder|fsbuff|eval|sql|bind|security|tools|feedback|ls|f|cmd|d|phpinfo|chmod|mkfile|mkdir|gofile|upload)$/,
  ],
  ['feature', /^(?:shell|hint|pwd|upload)$/],
])
/** What comes with it, in the same query or form. */
const WITH = new Map<string, RegExp>([
  ['a', /(?:^|[?&])(?:p1|p2|charset|c)=/],
  ['act', /(?:^|[?&])(?:d|ft|fsbuff|sql_login|nixpasswd|rfile)=[^&]{0,512}(?:&|$)/],
  ['feature', /\.php\?feature=/],
])

export const ACTION_NAMES: readonly string[] = [...ACTIONS.keys()]

export const PROTOCOL_NEEDLES: readonly string[] = [
  ...['cmd', 'command', 'exec', 'execute', 'shell', 'shell_cmd'].flatMap(name => [`?${name}=`, `&${name}=`]),
  '=whoami',
  '=uname',
  '=id&',
  '=ls -',
  '=ls /',
  '=cat /',
  '=pwd',
  '=dir ',
  '=net user',
  '=ipconfig',
  '=ifconfig',
  '=netstat',
  '=systeminfo',
  '=tasklist',
  '=powershell',
  '=wget ',
  '=curl ',
  'a=filesman',
  'a=secinfo',
  'a=console',
  'a=stringtools',
  'a=filestools',
  'a=bruteforce',
  'a=selfremove',
  'a=infect',
  '?act=',
  '&act=',
  '?feature=',
  'antsword',
]

/** The action of a known shell: WSO (`a=FilesMan&p1=`), c99 (`act=ls&d=`), p0wny (`?feature=shell`). */
export function isAction(name: string, lower: string, parameters: string): boolean {
  return ACTIONS.get(name)?.test(lower) === true && WITH.get(name)!.test(parameters)
}
