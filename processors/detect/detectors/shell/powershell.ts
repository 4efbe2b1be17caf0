/**
 * PowerShell: cmdlets (`Verb-Noun`) and their aliases, classes of .NET that run or fetch, and the ways to write a name so
 * that no filter reads it: backticks (`` I`EX ``), `'I'+'EX'`, `[char]73`, `-f`, `-enc` with base64.
 */
export interface PowerShellHit {
  readonly rule: string
  readonly start: number
  readonly end: number
  readonly why: string
  readonly shows: string
}

const CMDLETS: ReadonlySet<string> = new Set(
  `invoke-expression invoke-webrequest invoke-restmethod invoke-command invoke-item invoke-wmimethod invoke-cimmethod invoke-history
   invoke-mimikatz invoke-shellcode invoke-powershelltcp start-process start-job start-bitstransfer start-service stop-service stop-process stop-computer
   restart-computer new-object new-service new-scheduledtask new-itemproperty new-localuser add-localgroupmember add-type add-mppreference set-mppreference
   set-executionpolicy set-itemproperty set-content add-content out-file get-content get-childitem get-process get-service get-wmiobject
   get-ciminstance get-itemproperty get-localuser get-localgroup get-aduser get-nettcpconnection get-netipconfiguration get-eventlog get-credential
   get-clipboard get-hotfix get-host get-location get-variable get-acl get-psdrive get-computerinfo import-module test-netconnection test-connection resolve-dnsname
   convertto-securestring enable-psremoting enter-pssession new-pssession remove-item copy-item move-item rename-item register-scheduledtask disable-netfirewallrule
   export-clixml select-string start-sleep write-output compress-archive expand-archive unblock-file send-mailmessage set-alias new-alias set-location`.split(
    /\s+/,
  ),
)

const ALIASES: ReadonlySet<string> = new Set(
  'iex iwr irm gci gcm gps saps sal icm gwmi ipmo nsn spps sasv gsv iwmi gal epsn ni sc gp'.split(' '),
)

/** Options of `powershell.exe`, shortened as one likes: `-enc`, `-e`, `-nop`, `-w hidden`. */
const HOST =
  /\b(?:powershell|pwsh)(?:\.exe)?["']?\s{1,4}(?:[-/](?:e(?:nc?|nco\w{0,12}|p|c|x\w{0,14})?|c(?:om?\w{0,6})?|nop\w{0,8}|noni\w{0,12}|nol\w{0,6}|noe\w{0,6}|w\w{0,11}|v\w{0,8}|sta|mta|f\w{0,4}|i\w{0,20})\b|["'&{$]|\(\s?["'$[]|[a-z]:\\|\\\\|[a-z]+-[a-z]|i`?[ew]`?[xr]\b)/i

/** What runs or fetches: methods and classes. */
const CODE =
  /\b(?:net\.webclient|downloadstring|downloadfile|downloaddata|frombase64string|net\.sockets\.tcpclient|system\.diagnostics\.process|reflection\.assembly|amsiutils|amsiinitfailed|shellexecute|wscript\.shell|scriptblock\]::create|executioncontext\.invokecommand|invokescript)\b/

/** `;&{whoami}`, `;(gwmi win32_process).name`: a block that is called, a cmdlet in parentheses. */
const BLOCK =
  /(?:^|[;|\n]\s{0,8})(?:&\s?\{\s{0,4}[a-z][\w-]{1,32}[^}\n]{0,120}\}|\(\s{0,4}(?:gwmi|gcim|get-[a-z]{3,24})\s[^)\n]{1,120}\)\.\w)/

/** What is found in every value with such a block. */
export const blockNeedles: readonly string[] = [
  '&{',
  '& {',
  '(gwmi ',
  '(gcim ',
  '(get-',
  '( gwmi ',
  '( gcim ',
  '( get-',
]

/** `[System.Net.Dns]::GetHostEntry(`: a static method of .NET. */
const STATIC =
  /\[(?:system\.(?!out)|net\.|io\.|reflection\.|diagnostics\.|text\.|environment\]|convert\]|management\.)[\w.]{0,64}\]?::\w{1,32}\(/

/** What is found in every value with such a method. */
export const staticNeedles: readonly string[] =
  '[system. [net. [io. [reflection. [diagnostics. [text. [environment]:: [convert]:: [management.'.split(' ')

export function judgePowerShell(text: string, words: number): PowerShellHit | null {
  const talk = words + (text.length > 2000 ? 2 : 0)
  if (talk > 2) return null
  const plain = unhidden(text)
  const hidden = plain.changed
  const lower = plain.text.toLowerCase()
  const host = HOST.exec(lower)
  if (host !== null && talk < 3)
    return hit('rce.powershell', text, host.index, 'PowerShell is started with a command or options.', lower)
  const begin =
    /(?:^|[;|&({=\n"'])\s{0,8}(?:\(|&\s{0,4}\(?|\.\s)?["']?([a-z]{2,14}-[a-z]{3,24}|[a-z]{2,4})["']?(?=[\s;|)(&"']|$)/g
  let tries = 0
  for (const found of lower.matchAll(begin)) {
    if (++tries > 64) break
    const name = found[1]!
    const cmdlet = CMDLETS.has(name)
    if (!cmdlet && !ALIASES.has(name)) continue
    const start = found.index
    const rest = lower.slice(start + found[0].length, start + found[0].length + 200)
    if (!(cmdlet ? takesCmdlet(rest, /^[;|&]/.test(found[0]), talk) : takesAlias(rest, hidden))) continue
    return hit(
      hidden ? 'rce.evasion' : 'rce.powershell',
      text,
      Math.min(start, text.length),
      `PowerShell runs ${name} there.`,
      lower.slice(start, start + 200),
    )
  }
  const code = CODE.exec(lower) ?? STATIC.exec(lower) ?? BLOCK.exec(lower)
  if (code !== null && talk < 2 && /[([:{]/.test(text))
    return hit(
      'rce.powershell',
      text,
      Math.min(code.index, text.length),
      `${code[0]} of .NET runs or fetches something from PowerShell.`,
      lower,
    )
  return null
}

/** Operands of a cmdlet, or where it stands, say that it is meant: `-Command`, `http://`, `C:\`, `$x`, `(`. */
function takesCmdlet(rest: string, separated: boolean, talk: number): boolean {
  if (/^\s{0,8}(?:$|[;|)&])/.test(rest)) return separated && talk === 0
  return (
    /^\s{1,8}(?:-[a-z]|["'$([{\\/%@]|[a-z]:[\\/]|env:|hk(?:lm|cu):|https?:|[\w.]+\.[a-z0-9]{1,8}\b|\*|\d|[\w-]+\s{0,4}(?:[|;]|$|\s-[a-z]))/.test(
      rest,
    ) && talk < 2
  )
}

function takesAlias(rest: string, hidden: boolean): boolean {
  if (hidden) return true
  return /^\s{0,8}(?:["'$([{\\]|-[a-z]|[a-z]:[\\/]|https?:|\w+-\w+\s|\S{1,64}\.ps1)/.test(rest)
}

/** Takes out what only hides names. Linear. */
function unhidden(text: string): { readonly text: string; readonly changed: boolean } {
  let out = text
  if (/[a-z]`[a-z]/i.test(out)) out = out.replace(/([a-z])`(?=[a-z])/gi, '$1')
  if (/["']\s{0,4}\+\s{0,4}["']/.test(out)) out = out.replace(/["']\s{0,4}\+\s{0,4}["']/g, '')
  if (/\[char\]/i.test(out)) {
    out = out.replace(
      /\(?\[char\]\s{0,4}(?:0x([0-9a-f]{2,4})|(\d{1,4}))\)?(?:\s{0,4}\+\s{0,4})?/gi,
      (_all, hex: string | undefined, decimal: string | undefined) =>
        String.fromCharCode(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)),
    )
  }
  if (/\w\^\w/.test(out)) out = out.replace(/(\w)\^(?=\w)/g, '$1')
  return { text: out, changed: out !== text }
}

function hit(rule: string, text: string, start: number, why: string, shows: string): PowerShellHit {
  return { rule, start, end: Math.min(text.length, start + 200), why, shows: shows.slice(0, 256) }
}

export const cmdlets: ReadonlySet<string> = CMDLETS
