/** Commands of Windows, and what arguments they take. Lower case. */

export interface Named {
  /** One of its arguments looks like this; absent: any will do. */
  readonly takes?: RegExp
  /** Without arguments it is a command all the same. */
  readonly bare: boolean
  /** No word and no usual name of a field. */
  readonly rare: boolean
  readonly does: string
}

const SWITCH = /^\/[a-z?]{1,12}(?::\S*)?$|^-{1,2}[a-z]/i
const FILE =
  /^(?:[a-z]:[\\/]?|\\\\|\.{1,2}\\|\\|%\w+%|\*|[^\s\\]{1,64}\\)|\.(?:ini|txt|exe|bat|cmd|ps1|dll|vbs|js|hta|config|asp|aspx|php|log|xml|sct|inf|zip|dat|db|reg)$|\*/i
const URL = /^(?:[a-z]{2,12}:\/\/|\\\\|(?:[\w-]+\.)+[a-z0-9]{1,24}\b|javascript:|vbscript:|\d{1,3}(?:\.\d{1,3}){3})/i

function either(...expressions: readonly RegExp[]): RegExp {
  return new RegExp(expressions.map(({ source }) => source).join('|'), 'i')
}

const ASKS = 'tells about the system'
const READS = 'reads or changes files of the server'
const RUNS = 'runs programs'
const TALKS = 'talks to another host'
const RULES = 'changes the system'

const ROWS: readonly (readonly [names: string, rare: boolean, bare: boolean, does: string, takes?: RegExp])[] = [
  [
    'nbtstat openfiles qprocess logman typeperf portqry tlist gpupdate whoami ipconfig systeminfo tasklist netstat qwinsta quser nltest dsquery driverquery gpresult getmac wevtutil csvde ldifde fsutil vssadmin',
    true,
    true,
    ASKS,
  ],
  ['dir ver vol tree set hostname assoc ftype path route arp', false, true, ASKS, either(SWITCH, FILE)],
  [
    'title label recover print where type more copy move ren del erase rd rmdir md mkdir attrib find start call mklink replace expand comp fc pushd cd chdir',
    false,
    false,
    READS,
    FILE,
  ],
  [
    'xcopy chkdsk chkntfs diskpart doskey mountvol rasdial cacls compact findstr robocopy cacls icacls takeown esentutl extrac32 makecab diantz',
    true,
    false,
    READS,
  ],
  [
    'powershell pwsh wmic cscript wscript mshta rundll32 regsvr32 regasm regsvcs installutil msbuild cmstp odbcconf msiexec forfiles pcalua psexec mavinject schtasks wsl scriptrunner diskshadow dnscmd ieexec infdefaultbrowser msdeploy presentationhost xwizard',
    true,
    false,
    RUNS,
  ],
  ['cmd', false, false, RUNS, /^\/[a-z]$|^\/[ckrvq]\S/i],
  ['certutil bitsadmin tftp certreq desktopimgdownldr hh ieframe msedge_proxy mpcmdrun', true, false, TALKS],
  ['nslookup tracert pathping', true, false, TALKS, URL],
  ['ping ftp telnet curl', false, false, TALKS, either(/^-[a-z]/i, URL)],
  [
    'setx slmgr tskill tsdiscon wuauclt powercfg sfc bootcfg subst logoff regedit taskkill bcdedit wbadmin netsh auditpol cmdkey ntdsutil runas regini netdom secedit',
    true,
    false,
    RULES,
  ],
  [
    'net net1',
    false,
    false,
    RULES,
    /^(?:user|users|localgroup|group|view|share|use|start|stop|accounts|session|config|time|computer)$/i,
  ],
  ['reg', false, false, RULES, /^(?:query|add|delete|save|export|import|copy|load)$/i],
  ['sc', false, false, RULES, /^(?:query|create|config|start|stop|delete|qc|sdshow)$/i],
  ['query', false, false, ASKS, /^(?:user|session|process)$/i],
  ['timeout', false, false, 'makes the answer late', /^\/?t?$|^\d{1,4}$/i],
  ['echo', false, false, 'prints what the attacker looks for', /^[\w%~:,()-]*(?:%\w|\d{3,}|<\?)/],
  ['for', false, false, RUNS, /^\/[fldr]$|^%{1,2}\w$/i],
  [
    'if',
    false,
    false,
    RUNS,
    /^(?:exist|defined|errorlevel|cmdextversion|\/i)$|^(?:equ|neq|lss|leq|gtr|geq)$|^"?%\w+%/i,
  ],
  ['shutdown', false, false, RULES, /^[-/][a-z]$/i],
]

export const WINDOWS: ReadonlyMap<string, Named> = new Map(
  ROWS.flatMap(([names, rare, bare, does, takes]) =>
    names
      .split(' ')
      .map(name => [name, takes === undefined ? { rare, bare, does } : { rare, bare, does, takes }] as const),
  ),
)
