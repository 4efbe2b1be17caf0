/** What scanners leave in requests besides their names: hosts that tell them of a hit, words of their probes, headers of their own. */

/** Hosts that answer any name below them, and tell who asked for which: out-of-band proof that a payload ran. */
const OUT_OF_BAND = [
  'oastify.com',
  'burpcollaborator.net',
  'interact.sh',
  'interactsh.com',
  'oast.pro',
  'oast.live',
  'oast.site',
  'oast.online',
  'oast.fun',
  'oast.me',
  'bxss.me',
  'bxss.in',
  'xss.ht',
  'xss.report',
  'r87.me',
  'r87.com',
  'dnslog.cn',
  'dnslog.link',
  'dnslog.pw',
  'ceye.io',
  'eyes.sh',
  'dnsbin.zhack.ca',
  'requestbin.net',
  'pingb.in',
  'tu4.org',
  '1u.ms',
  'rbndr.us',
  'fuzz.red',
  'oob.li',
  'ssrf.cvss.cc',
  'vcap.me',
  'qualysperiscope.com',
  'tenablecloud-oob.com',
  'appscanoob.com',
  'canarytokens.com',
  'outbound.watchtowr.com',
  'log4shell.tools',
  'huntress.tools',
  'leakix.net',
  'act1on3.ru',
  'h4x0r.cz',
] as const

/** Words of probes that stand for nothing else. */
const PROBES = [
  'acunetix_wvs',
  'acunetix-wvs',
  'acunetix_vuln',
  'testasp.vulnweb.com',
  'testphp.vulnweb.com',
  'rfi.nessus.org',
  'cirt.net/rfiinc',
  'netsparker(0x',
  'netsparker=',
  'n3tsp4rk3r',
  'wfxssprobe',
  'appscanheader',
  'sample@email.tst',
  'testing@example.tst',
  'w3af.org/',
  'arachni_',
  'openvas-',
  'openvasvt',
  'nessus-',
  'zaproxy.org',
  '{{interactsh-url}}',
  '{{interactsh_url}}',
  'nmaplowercheck',
  'trinity.txt.bak',
  'w00tw00t.at.',
  'qualys_scan',
  'burpsuiteprobe',
  'jaeles-',
] as const

export const MARK_NEEDLES: readonly string[] = [...OUT_OF_BAND.map(host => `.${host}`), ...PROBES]

/** Headers that only scanners send, in lower case. */
export const HEADERS: readonly string[] = [
  'acunetix-aspect',
  'acunetix-aspect-password',
  'acunetix-aspect-queries',
  'acunetix-product',
  'acunetix-scanning-agreement',
  'acunetix-user-agreement',
  'x-acunetix',
  'x-scanner',
  'x-scan-memo',
  'x-request-memo',
  'x-wipp',
  'x-wipp-ascversion',
  'x-arachni-scan-seed',
  'x-ratproxy-loop',
  'x-netsparker',
  'x-appscan',
  'x-burp-test',
  'x-zap-scan-id',
  'x-nessus',
  'x-wvs-id',
  'qualys-scan',
  'x-qualys',
  'x-nuclei',
  'x-sqlmap',
]

export interface Mark {
  readonly at: number
  readonly text: string
  readonly what: string
}

/** `<unique>.oastify.com`: the label tells one probe from the next. The bare name is what people write about. */
export function outOfBandHost(lower: string): Mark | null {
  for (const host of OUT_OF_BAND) {
    const at = lower.indexOf(`.${host}`)
    if (at < 0 || /[\w.-]/.test(lower[at + 1 + host.length] ?? '')) continue
    let start = at
    while (start > 0 && at - start < 128 && /[\w.${}%-]/.test(lower[start - 1]!)) start--
    const label = lower.slice(start, at)
    if (label.length < 4 || label === 'www' || label === 'docs' || label === 'blog') continue
    return { at: start, text: lower.slice(start, at + 1 + host.length), what: host }
  }
  return null
}

/** Longer values are texts. */
const LONGEST = 2048

/** A word of a probe, in a value that is no sentence. */
export function probeWord(lower: string): Mark | null {
  if (lower.length > LONGEST) return null
  const word = PROBES.find(probe => lower.includes(probe))
  if (word === undefined || (lower.match(/ \p{L}{2,24}(?=[ ,.!?])/gu)?.length ?? 0) > 4) return null
  return { at: lower.indexOf(word), text: word, what: word }
}
