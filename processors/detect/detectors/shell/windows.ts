/** Commands of Windows, and what arguments they take. Lower case. */
import { names as list } from './commands.ts'

export interface Named {
  /** One of its arguments looks like this. */
  readonly takes: RegExp
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

/** A switch, a file, a host or a variable. */
const ANY = either(SWITCH, FILE, URL, /%\w|^"|^\d{3,}|<\?/)

const ASKS = 'tells about the system'
const READS = 'reads or changes files of the server'
const RUNS = 'runs programs'
const TALKS = 'talks to another host'
const RULES = 'changes the system'

type Row = readonly [names: string, rare: boolean, bare: boolean, does: string, takes?: RegExp]

const ROWS: readonly Row[] = [
  [
    `whoami ipconfig systeminfo tasklist netstat nbtstat qwinsta quser qprocess qappsrv nltest dsquery dsget driverquery gpresult getmac
     wevtutil wecutil csvde ldifde fsutil vssadmin openfiles logman typeperf portqry tlist klist psinfo pslist psloggedon psloglist psfile
     psgetsid msinfo32 winmsd autoruns accesschk coreinfo sigcheck gpupdate nlsinfo lpq ver32 cls mbsacli ifmember freedisk inuse`,
    true,
    true,
    ASKS,
  ],
  ['dir ver vol tree set hostname path arp mem help pause', false, true, ASKS],
  [
    `type more copy move ren del rd md find start call replace expand comp fc cd append attrib at break change choice clip color
     convert date format goto kill label mode mount msg now perms prompt rem rename reset run share shift shortcut sleep strings
     time title touch verify where print sort explorer shutdown recover echo`,
    false,
    false,
    READS,
  ],
  [
    `xcopy robocopy erase rmdir mkdir mklink pushd popd chdir findstr qgrep windiff cacls xcacls icacls subinacl takeown esentutl extrac32
     makecab diantz chkdsk chkntfs chcp diskpart diskraid diskuse diskshadow dirquota defrag deltree delprof doskey mountvol linkd movefile moveuser
     rasdial rasphone cacls compact cipher cleanmgr con2prt devcon disk2vhd dism displayswitch endlocal setlocal flattemp graftabl
     iexpress undelete unformat tzutil w32tm waitfor recimg loadstate`,
    true,
    false,
    READS,
  ],
  [
    `powershell pwsh wmic cscript wscript mshta rundll32 regsvr32 regasm regsvcs installutil msbuild cmstp odbcconf msiexec forfiles pcalua
     psexec pskill psservice psshutdown pssuspend pspasswd mavinject schtasks wsl scriptrunner dnscmd ieexec infdefaultbrowser msdeploy
     presentationhost xwizard shellrunas winrs winrm winget wusa wpr wpeutil sysprep syspart vmconnect mstsc runscripthelper perfmon eventcreate logevent logtime`,
    true,
    false,
    RUNS,
  ],
  ['cmd', false, false, RUNS, /^\/[a-z]$|^\/[ckrvq]\S/i],
  [
    `certutil bitsadmin tftp certreq desktopimgdownldr ieframe msedge_proxy mpcmdrun psping rpcping pathping mapisend netcfg checknetisolation`,
    true,
    false,
    TALKS,
  ],
  ['nslookup tracert', true, false, TALKS, URL],
  ['ping ftp telnet curl finger', false, false, TALKS, either(/^-[a-z]/i, URL)],
  [
    `regedit regini taskkill tskill bcdedit bcdboot bootcfg bootrec wbadmin ntbackup netsh netdom auditpol cmdkey ntdsutil ntrights setspn setx
     runas secedit slmgr sfc subst logoff tsdiscon tsshutdn wuauclt powercfg dsadd dsmod dsmove dsrm dsmgmt dsacls dsregcmd ksetup
     printbrm printui prncnfg prndrvr rmtshare csccmd sysmon adexplorer`,
    true,
    false,
    RULES,
  ],
  [
    'net net1',
    false,
    false,
    RULES,
    /^(?:user|users|localgroup|group|view|share|use|start|stop|accounts|session|config|time|computer|stat\w{0,7})$/i,
  ],
  ['route', false, false, RULES, /^(?:print|add|delete|change|-f|-p)$/i],
  ['assoc ftype', false, true, RULES, /^\.\w{1,8}$|^\w{1,16}file$/i],
  ['control', false, false, RUNS, /\.cpl$|^(?:printers|userpasswords2?|admintools)$/i],
  ['reg', false, false, RULES, /^(?:query|add|delete|save|export|import|copy|load)$/i],
  ['sc', false, false, RULES, /^(?:query|create|config|start|stop|delete|qc|sdshow)$/i],
  ['query', false, false, ASKS, /^(?:user|session|process|termserver)$/i],
  ['timeout', false, false, 'makes the answer late', /^\/?t?$|^\d{1,4}$/i],
  ['for', false, false, RUNS, /^\/[fldr]$|^%{1,2}\w$/i],
  [
    'if',
    false,
    false,
    RUNS,
    /^(?:exist|defined|errorlevel|cmdextversion|\/i)$|^(?:equ|neq|lss|leq|gtr|geq)$|^"?%\w+%/i,
  ],
  // Aliases of PowerShell.
  [
    `asnp clc clhy clp clv cnsn cpi cvpa dbp dnsn ebp epal epcsv epsn etsn exsn foreach gal gbp gc gci gcm gcs gdr ghy gjb gmo gps gpv
     gsn gsnp gsv gwmi icm iex ihy ipal ipcsv ipmo ipsn irm ise iwmi iwr nal ndr nmo npssc nsn ogv rbp rcjb rcsn rdr rjb rmo rni rnp rsn
     rsnp rujb rvpa rwmi sajb sal saps sasv sbp shcm sls spjb spps spsv sujb swmi trcm wjb`,
    false,
    true,
    RUNS,
  ],
]

export const WINDOWS: ReadonlyMap<string, Named> = new Map(
  ROWS.flatMap(([names, rare, bare, does, takes = ANY]) =>
    list(names).map(name => [name, { rare, bare, does, takes }] as const),
  ),
)
