/**
 * Names that tools for finding and using vulnerabilities give themselves in User-Agent. Each stands for itself there: names that
 * ordinary clients have too (`httpx`, `hydra`) come with what tells them apart.
 */

/** They attack. */
const ATTACKERS = [
  'sqlmap',
  'sqlninja',
  'sqlbrute',
  'bsqlbf',
  'jsql injection',
  'ghauri',
  'havij',
  'pangolin',
  'absinthe',
  'mysqloit',
  'nosqlmap',
  'commix',
  'tplmap',
  'fimap',
  'dotdotpwn',
  'xsstrike',
  'xsser',
  'dalfox',
  'metasploit',
  'thc-hydra',
  '(hydra)',
  'patator',
  'zmeu',
  'morfeus',
  'jorgee',
  'muieblackcat',
  'dfind',
  'w00tw00t',
  'toata dragostea',
  'brutus/aet',
  'core-project/1.0',
  'datacha0s',
  'libredtail',
  'masspwn',
  'pmafind',
  'voideye',
  'shellbot',
] as const

/** They look for vulnerabilities. */
const SCANNERS = [
  'nikto',
  'nuclei',
  'projectdiscovery',
  'interactsh',
  'acunetix',
  'nessus',
  'tenable',
  'wpscan',
  'wprecon',
  'wpsec',
  'joomscan',
  'droopescan',
  'cmsmap',
  'cmseek',
  'dirbuster',
  'dirsearch',
  'gobuster',
  'feroxbuster',
  'rustbuster',
  'ffuf',
  'fuzz faster u fool',
  'wfuzz',
  'kiterunner',
  'zgrab',
  'masscan',
  'nmap scripting engine',
  'nmap nse',
  'openvas',
  'greenbone',
  'w3af',
  'arachni',
  'netsparker',
  'invicti',
  'qualys',
  'appscan',
  'webinspect',
  'burpsuite',
  'burp suite',
  'burpcollaborator',
  'portswigger',
  'turbo intruder',
  'owasp zap',
  'zaproxy',
  'owasp_zap',
  'owasp amass',
  'skipfish',
  'whatweb',
  'wafw00f',
  'wapiti',
  'grendel-scan',
  'webscarab',
  'paros/',
  'jaeles',
  'xray/',
  'gospider',
  'hakrawler',
  'crawlergo',
  'arjun/',
  'sslyze',
  'sn1per',
  'osmedeus',
  'n-stealth',
  'n-stalker',
  'nsauditor',
  'cgichk',
  'whisker',
  'webtrends security analyzer',
  'webvulnscan',
  'webcruiser',
  'webshag',
  'uil2pn',
  'prowebwalker',
  'security scan',
  'vulnerability scan',
  'vulnscan',
  'pentest',
  'detectify',
  'probely',
  'intruder.io',
  'insightappsec',
  'stackhawk',
  'hackertarget',
  'graphql-cop',
  'blackwidow',
  'l9explore',
  'l9tcpid',
  'leakix',
  'mitre caldera',
  'immuniweb',
  'sitelock',
  'securityheaders-scanner',
] as const

/** They measure the whole Internet: no attack by itself, and nobody's client. */
const SURVEYS = [
  'censysinspect',
  'expanse, a palo alto',
  'shodan',
  'internet-measurement.com',
  'netsystemsresearch',
  'internettl',
  'project-resonance',
  'binaryedge',
  'onyphe',
  'zoominfobot-scan',
  'getodin.com',
  'modatscanner',
  'palo alto networks company',
] as const

export const AGENT_NEEDLES: readonly string[] = [...ATTACKERS, ...SCANNERS, ...SURVEYS].map(name =>
  name.replaceAll(/,.*/g, ''),
)

export interface Agent {
  readonly name: string
  readonly at: number
  readonly kind: 'attacks' | 'scans' | 'surveys'
}

/** The tool that a User-Agent names. The name begins a word: `autodetectify` is another product. */
export function agentOf(lower: string): Agent | null {
  const head = lower.slice(0, LONGEST)
  return named(head, ATTACKERS, 'attacks') ?? named(head, SCANNERS, 'scans') ?? named(head, SURVEYS, 'surveys')
}

/** Of a User-Agent that is looked at. */
const LONGEST = 512

function named(lower: string, names: readonly string[], kind: Agent['kind']): Agent | null {
  for (const name of names) {
    const at = lower.indexOf(name)
    if (at >= 0 && !/[a-z0-9]/.test(lower[at - 1] ?? '')) return { name, at, kind }
  }
  return null
}
