/** Names of hosts that lead inside. */

const METADATA: ReadonlySet<string> = new Set([
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'instance-data',
  'instance-data.ec2.internal',
  'metadata.azure.com',
  'metadata.azure.internal',
  'metadata.tencentyun.com',
  'metadata.packet.net',
  'metadata.platformequinix.com',
  'metadata.nic.ibmcloud',
  'api.metadata.cloud.ibm.com',
  'metadata.oraclecloud.com',
  'rancher-metadata',
  'rancher-metadata.rancher.internal',
  'kubernetes.default',
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster.local',
])

/** Public names that resolve to the machine that asks. */
const LOOPBACK = ['localhost', 'localtest.me', 'lvh.me', 'vcap.me', 'lacolhost.com', '127-0-0-1.org.uk']

const LOOPBACK_NAMES: ReadonlySet<string> = new Set([
  ...LOOPBACK,
  'localhost.localdomain',
  'localhost6',
  'localhost6.localdomain6',
  'ip6-localhost',
  'ip6-loopback',
  'host.docker.internal',
  'gateway.docker.internal',
  'docker.for.mac.localhost',
  'loopback',
])

/** Services that answer with the address that stands in the name: 10.0.0.1.nip.io, 7f000001.nip.io, app-127-0-0-1.sslip.io. */
const WILDCARD = /(?:^|\.)(?:nip\.io|xip\.io|sslip\.io|1u\.ms|rbndr\.us|local-ip\.(?:co|sh))$/

const INNER =
  /(?:^|[.-])((?:127[.-]\d{1,3}[.-]\d{1,3}[.-]\d{1,3}|10[.-]\d{1,3}[.-]\d{1,3}[.-]\d{1,3}|192[.-]168[.-]\d{1,3}[.-]\d{1,3}|172[.-](?:1[6-9]|2\d|3[01])[.-]\d{1,3}[.-]\d{1,3}|169[.-]254[.-]\d{1,3}[.-]\d{1,3}|0[.-]0[.-]0[.-]0|7f[0-9a-f]{6}|0a[0-9a-f]{6}|a9fea9fe|c0a8[0-9a-f]{4}))(?=[.-])/

export function isMetadataName(host: string): boolean {
  return METADATA.has(host)
}

export function isLoopbackName(host: string): boolean {
  return LOOPBACK_NAMES.has(host) || LOOPBACK.some(name => host.endsWith(`.${name}`))
}

/** The inner address that a name spells out and resolves to; null for other names. */
export function namedAddress(host: string): string | null {
  if (host.length > 253 || !WILDCARD.test(host)) return null
  return INNER.exec(host)?.[1] ?? null
}

/** Where probes call home to prove that a server fetched something; the probe's own label stands in front. */
const CALLS_HOME =
  /\.(?:oastify\.com|burpcollaborator\.net|interact\.sh|oast\.(?:pro|live|site|online|fun|me)|dnslog\.cn|ceye\.io|bxss\.me|requestrepo\.com|pingb\.in)(?![\w-])/g

/** Names of one value that are looked at. */
const MAX_NAMES = 16

/** Index and host of a name of such a service in lower-case text. */
export function callsHome(lower: string): { readonly at: number; readonly host: string } | null {
  let seen = 0
  for (const found of lower.matchAll(CALLS_HOME)) {
    if (seen++ >= MAX_NAMES) return null
    const at = startOfLabel(lower, found.index)
    if (found.index - at >= 1) return { at, host: lower.slice(at, found.index + found[0].length) }
  }
  return null
}

function startOfLabel(lower: string, end: number): number {
  let at = end
  while (at > 0 && end - at < 63 && /[a-z0-9-]/.test(lower[at - 1]!)) at--
  return at
}
