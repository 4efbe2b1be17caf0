/** Whether the words after a command are arguments that it takes, and what it would do with them. */

import type { Command, Word } from './command.ts'
import { commandOf, type Family, type Known } from './commands.ts'
import type { Judged, Strength } from './reading.ts'
import { isForeign, isHost, isOption, isPath, isPlainWord, isStopWord, isTarget } from './words.ts'

interface Call {
  readonly name: string
  readonly known: Known
  readonly operands: readonly Word[]
  readonly texts: readonly string[]
  readonly command: Command
}

/** Null when they are no arguments: a sentence, or nothing where something is needed. */
export function judgeArguments(name: string, known: Known, operands: readonly Word[], command: Command): Judged | null {
  const texts = operands.map(({ text }) => text)
  const call: Call = { name, known, operands, texts, command }
  const talk = operands.filter(({ text, quoted }) => !quoted && isStopWord(text)).length
  if (talk > 1 || (talk > 0 && (known.family === 'ask' || !texts.some(isTarget)))) return null
  if (isArithmetic(texts)) return null
  const reverse = reverseShell(call)
  if (reverse !== null) return reverse
  if (command.redirects.some(({ operator, target }) => operator === '<' && isTarget(target)))
    return judged('strong', 'reads files of the server')
  return BY_FAMILY[known.family](call)
}

const BY_FAMILY: Readonly<Record<Family, (call: Call) => Judged | null>> = {
  ask,
  read,
  change,
  net,
  shell,
  code,
  run,
  wait,
  say,
  text: ({ operands }) =>
    operands.some(({ quoted, text }) => quoted || isOption(text)) ? judged('usual', 'rewrites what it reads') : null,
  tool,
}

/** `sum / count`, `time - start`, `id = 5`. */
export function isArithmetic(texts: readonly string[]): boolean {
  return texts.length > 1 && /^(?:[-/*+=:?<>,%]|[=!]=|=>)$/.test(texts[0]!) && texts[0] !== '/'
    ? true
    : texts.length > 1 && texts[0] === '/' && /^[\w(]/.test(texts[1]!)
}

/** `/dev/tcp/…`, `nc -e /bin/sh`, `sh -i`, `<>/dev/udp`. */
function reverseShell({ name, texts, command }: Call): Judged | null {
  const does = 'connects a shell to a host of the attacker'
  const device = (text: string) => /^\/dev\/(?:tcp|udp)\//i.test(text)
  if (command.redirects.some(({ target }) => device(target)) || texts.some(device))
    return judged('strong', does, 'rce.reverse-shell')
  if (name === 'openssl' && /^s_(?:client|server)$/.test(texts[0] ?? '') && texts.length > 1)
    return judged('strong', does, 'rce.reverse-shell')
  if (
    /^(?:nc(?:\.\w+)?|ncat|netcat|socat)$/.test(name) &&
    texts.some(text => /(?:^|[:/])(?:ba|z|k|da|c)?sh\b|^exec:|^-\w*[ec]\w*$|cmd(?:\.exe)?$/i.test(text)) &&
    texts.length > 1
  )
    return judged('strong', does, 'rce.reverse-shell')
  return null
}

/** Names of one to four letters that no field or word has. */
const CRYPTIC: ReadonlySet<string> = new Set([
  'ls',
  'ps',
  'pwd',
  'env',
  'df',
  'du',
  'ss',
  'arp',
  'w',
  'who',
  'id',
  'ip',
  'dir',
  'ver',
])

const USUAL_OPERANDS =
  /^(?:aux\w*|ef|am|i|axu?f?|root|www-data|apache|nobody|eth\d|lo|a|addr|address|r|route|link|neigh|user|users|list|all|show|sh|\d{1,6})$/

function ask({ name, known, operands, texts }: Call): Judged | null {
  const does = 'tells about the system'
  if (operands.length === 0) return judged(known.rare ? 'usual' : 'weak', does)
  if (name === 'alias')
    return /^[\w.-]{1,32}=./.test(texts[0]!) ? judged('strong', 'hides a command behind a name') : null
  if (texts.some(isTarget)) return judged('strong', does)
  const good = operands.filter(
    ({ text, quoted }) => quoted || isOption(text) || isPath(text) || /^[/$%]/.test(text) || USUAL_OPERANDS.test(text),
  ).length
  if (
    good === operands.length &&
    (known.rare || CRYPTIC.has(name) || texts.some(text => isOption(text) || isPath(text)))
  )
    return judged('usual', does)
  if (known.rare && operands.length - good <= 1) return judged('usual', does)
  return null
}

function read(call: Call): Judged | null {
  const { operands, texts, known, command } = call
  const does = 'reads files of the server'
  const source = command.redirects.some(({ operator, target }) => operator.startsWith('<') && target !== '')
  if (isProse(operands)) return null
  if (texts.some(isTarget) || command.redirects.some(({ target }) => isTarget(target))) return judged('strong', does)
  if (operands.length === 0) return source ? judged('usual', does) : judged('weak', does)
  if (texts.some(text => isOption(text) || isPath(text)) || operands.some(({ open }) => open))
    return judged('usual', does)
  if (known.rare && operands.length < 4) return judged('usual', does)
  if (operands.some(({ quoted }) => quoted) && command.intro === '|') return judged('usual', does)
  return operands.length === 1 ? judged('weak', does) : null
}

function change({ name, operands, texts, command }: Call): Judged | null {
  const does = 'changes files of the server'
  if (operands.length === 0) return null
  if (name === 'rm' && texts.some(text => /^(?:\/|~|\*|\.\.)/.test(text)) && texts.some(isOption))
    return judged('strong', does)
  if (name === 'kill')
    return texts.some(text => /^-(?:9|kill|sigkill)$/i.test(text)) || texts.every(text => /^\d+$/.test(text))
      ? judged('usual', does)
      : null
  if (name === 'killall' || name === 'pkill')
    return operands.length < 4 && !isProse(operands) ? judged('usual', does) : null
  if (isProse(operands)) return null
  if (name === 'chmod')
    return operands.length > 1 && texts.some(text => /^[0-7]{3,4}$|^[ugoa]*[+=-][rwxst]+$/i.test(text))
      ? judged('usual', does)
      : null
  if (texts.some(isTarget)) return judged(command.redirects.length > 0 || name === 'dd' ? 'strong' : 'usual', does)
  if (texts.some(text => isOption(text) || isPath(text) || /^[io]f=/.test(text))) return judged('usual', does)
  return null
}

const DOWNLOADED =
  /\.(?:sh|pl|py|rb|php|exe|ps1|bat|elf|bin|jpg|png|txt|so|c|hta|vbs|dll|ko)\b|\/\/\d{1,3}(?:\.\d{1,3}){3}/i
const EXFILTRATES = /^(?:-d|--data\S*|-F|-T|--upload-file|--post-\w+=\S+|--form|-X|--body-\S+)$/

function net({ name, operands, texts, known }: Call): Judged | null {
  if (operands.length === 0) return judged('weak', 'talks to other hosts')
  const host = operands.find(({ text, open }) => (isHost(text) && !/^\d+$/.test(text)) || open)
  const options = texts.filter(isOption).length
  if (name === 'ping' || name === 'ping6' || name === 'fping') {
    if (host === undefined && options === 0) return null
    return isProse(operands) ? null : judged('usual', 'takes time or tells another host that it runs', 'rce.probe')
  }
  if (/^(?:nc(?:\.\w+)?|ncat|netcat|socat|telnet)$/.test(name)) {
    const port = texts.some(text => /^\d{1,5}$|^\w{3,5}(?:-\w+)?:/.test(text))
    if (port && (host !== undefined || options > 0 || operands.length === 2))
      return judged(name === 'telnet' ? 'usual' : 'strong', 'opens a connection')
    return options > 0 || host !== undefined ? judged('usual', 'opens a connection') : null
  }
  if (isProse(operands)) return null
  if (host === undefined)
    return options > 0 && known.rare
      ? judged('usual', 'talks to another host')
      : options > 0 && operands.length > 1
        ? judged('usual', 'talks to another host')
        : known.rare && operands.length === 1
          ? judged('weak', 'talks to another host')
          : null
  if (/^(?:nslookup|dig|host|whois|drill)$/.test(name))
    return judged('usual', 'tells another host that it runs', 'rce.probe')
  if (isDownload(name)) return download(texts, operands)
  return judged('usual', 'talks to another host')
}

function isDownload(name: string): boolean {
  return /^(?:curl|wget|fetch|lwp-download|lwp-request|aria2c|axel|lynx|tftp|http|wget2|httpie|GET)$/.test(name)
}

function download(texts: readonly string[], operands: readonly Word[]): Judged {
  const does = 'fetches something from another host'
  if (
    operands.some(({ open }) => open) ||
    texts.some((text, i) => EXFILTRATES.test(text) && /[@$]|^\//.test(texts[i + 1] ?? ''))
  )
    return judged('strong', 'sends data to another host', 'rce.exfiltration')
  const foreign = texts.some(text => isForeign(text) && DOWNLOADED.test(text))
  const stored = texts.some(text => /^-(?:[a-z]*[oO]|P|-output\S*)$/.test(text))
  return judged(foreign || (stored && texts.some(isForeign)) ? 'strong' : 'usual', does, 'rce.download')
}

/** `curl … | sh`, `echo … | base64 -d | bash`: what another command says is run. */
function isFed({ piped }: Command): boolean {
  return piped !== null && piped.words.length > 0 && commandOf(piped.words[0]!.text) !== null
}

function shell(call: Call): Judged | null {
  const { name, operands, texts, command, known } = call
  const does = 'starts a shell'
  if (isFed(command) && operands.length < 4 && operands.every(({ text }) => isOption(text) || text === '-'))
    return judged('strong', 'runs what another command says')
  if (command.redirects.some(({ operator }) => operator === '<<<' || operator === '<' || operator === '<<'))
    return judged('strong', does)
  if (operands.length === 0)
    return command.redirects.length > 0 ? judged('strong', does) : judged(known.rare ? 'usual' : 'weak', does)
  const first = texts[0]!
  if (/^-[a-z]*[cis]/i.test(first) && (operands.length > 1 || /^-\w*i/.test(first))) return judged('strong', does)
  if (operands.length < 4 && /^(?:\.{0,2}\/|~|.*\.(?:sh|txt|jpg|png)$)/.test(first)) return judged('usual', does)
  return operands[0]!.open || (name !== 'fish' && isOption(first) && operands.length < 4) ? judged('usual', does) : null
}

function code(call: Call): Judged | null {
  const { name, operands, texts, command, known } = call
  const does = `runs code of ${name}`
  if (isFed(command) && operands.length < 2 && texts.every(text => isOption(text) || text === '-'))
    return judged(known.rare ? 'strong' : 'usual', 'runs what another command says')
  if (operands.length === 0) return known.rare || command.redirects.length > 0 ? judged('weak', does) : null
  const first = texts[0]!
  if (name === 'awk' || name === 'gawk' || name === 'nawk' || name === 'sed') {
    if (texts.some(isTarget) || texts.some(text => /system\s?\(|\/inet\/|begin\s?\{/i.test(text)))
      return judged('strong', does)
    return operands[0]!.quoted || isOption(first) ? judged('usual', does) : null
  }
  const inline = texts.findIndex(text =>
    /^-\w{0,3}[cerRBiS]$|^--?(?:eval|run|code|exec)$|^eval$|^-[cer].{0,64}[(;]/.test(text),
  )
  if (inline >= 0 && inline < 3)
    return isProse(operands.slice(inline + 1))
      ? null
      : judged(operands.length > inline + 1 || texts[inline]!.length > 8 ? 'strong' : 'usual', does)
  if (isProse(operands)) return null
  if (operands.length < 5 && (isOption(first) || isPath(first))) return judged('usual', does)
  const versioned = /\d\.\d/.test(command.words[0]!.text)
  return operands.length === 1 && (versioned || (known.rare && command.intro !== 'start'))
    ? judged('usual', does)
    : null
}

function run({ name, operands, texts, known, command }: Call): Judged | null {
  const does = 'runs another command'
  if (name === 'eval' || name === 'trap' || name === 'watch' || name === 'script') {
    const inner = operands.find(({ quoted, open }) => quoted || open)
    if (inner?.open) return judged('usual', does)
    return inner !== undefined && commandOf(inner.text.split(/\s/, 1)[0]!) !== null ? judged('usual', does) : null
  }
  if (name === 'su')
    return texts.every(text => isOption(text) || USUAL_OPERANDS.test(text))
      ? judged(texts.length > 0 ? 'usual' : 'weak', does)
      : null
  if (operands.length === 0)
    return name === 'env' || (known.rare && command.intro !== 'start') ? judged('weak', does) : null
  if (texts.some(isTarget)) return judged('usual', does)
  if (name === '.' || name === 'source') return texts.length < 3 && isPath(texts[0]!) ? judged('usual', does) : null
  if (name === 'env' && texts.every(isOption)) return judged('usual', 'tells about the system')
  if (!known.rare || isProse(operands)) return null
  return texts.some(text => isOption(text) || isPath(text)) ? judged('usual', does) : null
}

function wait({ texts }: Call): Judged | null {
  return texts.length === 1 && /^\d{1,8}(?:\.\d{1,3})?[smhd]?#?$/i.test(texts[0]!)
    ? judged('usual', 'makes the answer late', 'rce.probe')
    : null
}

function say({ operands, command }: Call): Judged | null {
  const does = 'prints what the attacker looks for'
  if (operands.length === 0) return command.redirects.length > 0 ? judged('usual', does) : null
  if (command.redirects.some(({ operator, target }) => operator.startsWith('>') && target !== '')) {
    return isProse(operands) ? null : judged('usual', 'writes a file')
  }
  if (operands.some(({ open, tricks }) => open || tricks > 0)) return judged('usual', does)
  const said = operands.filter(({ text }) => !isOption(text))
  if (said.length === 1 && (said[0]!.quoted || !isPlainWord(said[0]!.text))) return judged('usual', does)
  return operands.length < 4 && !isProse(operands) ? judged('weak', does) : null
}

/** Verbs of tools that take some: `cscli alerts list`, `ansible-vault decrypt secret`. */
const VERBS =
  /^(?:all|list|dump|show|status|decrypt|encrypt|create|edit|view|plugin|collection|install|alerts|nodes|report|run|get|set|add|delete|remove|start|stop|restart|enable|disable|update|upgrade|ps|exec|clone|pull|images|pods|secrets|log|diff)$/

/** Tools whose verb says enough. */
const WITH_VERBS = /^(?:service|docker|kubectl|git|apt|yum|snap|init)$/

function tool({ name, operands, texts, known }: Call): Judged | null {
  const does = 'is for administrators'
  if (operands.length === 0) return known.rare ? judged('usual', does) : judged('weak', does)
  if (texts.some(isTarget) && texts.some(isOption)) return judged('strong', does)
  if (known.rare && (!isProse(operands) || texts.some(isOption) || (operands.length < 4 && VERBS.test(texts[0]!))))
    return operands.length < 12 ? judged('usual', does) : null
  if (WITH_VERBS.test(name) && texts.slice(0, 2).some(text => VERBS.test(text)) && operands.length < 4)
    return judged('usual', does)
  if (isProse(operands) || name === '.') return null
  return texts.some(text => isOption(text) || text.startsWith('/')) ? judged('usual', does) : null
}

/** Two words of a language after each other. */
export function isProse(operands: readonly Word[]): boolean {
  return (
    operands.some((word, i) => i > 0 && isProseWord(word) && isProseWord(operands[i - 1]!)) ||
    operands.some(({ text, quoted }) => !quoted && /^\p{L}+[,?!]$/u.test(text))
  )
}

function isProseWord({ text, quoted, tricks }: Word): boolean {
  return (
    !quoted &&
    tricks === 0 &&
    text.length > 1 &&
    isPlainWord(text) &&
    commandOf(text)?.known.rare !== true &&
    !isTarget(text)
  )
}

function judged(strength: Strength, does: string, rule?: string): Judged {
  return rule === undefined ? { strength, does } : { strength, does, rule }
}
