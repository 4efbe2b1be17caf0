/** Keys, tokens and passwords by the formats that their issuers gave them, so that they can be found. Evidence never holds them. */
import { CREDENTIALS, type Leak, type Probe } from './leak.ts'
import { isQuoted } from './scene.ts'

const SECRET = 'infoleak.secret'

interface Format {
  readonly what: string
  readonly needles: readonly string[]
  /** The secret; its first group, where it has one, is what has to look random. */
  readonly pattern: RegExp
  readonly severity: 'critical' | 'high'
}

const FORMATS: readonly Format[] = [
  { what: 'a GitHub token', needles: ['ghp_'], pattern: /\bghp_([A-Za-z0-9]{36})\b/, severity: 'critical' },
  { what: 'a GitHub token', needles: ['gho_'], pattern: /\bgho_([A-Za-z0-9]{36})\b/, severity: 'critical' },
  { what: 'a GitHub token', needles: ['ghs_'], pattern: /\bghs_([A-Za-z0-9]{36})\b/, severity: 'critical' },
  { what: 'a GitHub token', needles: ['ghu_'], pattern: /\bghu_([A-Za-z0-9]{36})\b/, severity: 'critical' },
  {
    what: 'a GitHub token',
    needles: ['github_pat_'],
    pattern: /\bgithub_pat_([A-Za-z0-9]{22}_[A-Za-z0-9]{59})\b/,
    severity: 'critical',
  },
  { what: 'a GitLab token', needles: ['glpat-'], pattern: /\bglpat-([\w-]{20,64})/, severity: 'critical' },
  {
    what: 'a Slack token',
    needles: ['xoxa-', 'xoxb-', 'xoxe-', 'xoxp-', 'xoxr-', 'xoxs-'],
    pattern: /\bxox[abeprs]-((?:\d{8,14}-){1,3}[A-Za-z0-9]{16,64})\b/,
    severity: 'critical',
  },
  {
    what: 'a Slack webhook',
    needles: ['hooks.slack.com'],
    pattern: /hooks\.slack\.com\/services\/(T[A-Z0-9]{8,12}\/B[A-Z0-9]{8,12}\/[A-Za-z0-9]{24})/,
    severity: 'high',
  },
  { what: 'a Stripe key', needles: ['k_live_'], pattern: /\b[sr]k_live_([A-Za-z0-9]{24,120})\b/, severity: 'critical' },
  {
    what: 'a signing secret of Stripe',
    needles: ['whsec_'],
    pattern: /\bwhsec_([A-Za-z0-9+/]{32,64})/,
    severity: 'high',
  },
  { what: 'a secret of OpenAI', needles: ['sk-proj-'], pattern: /\bsk-proj-([\w-]{40,200})/, severity: 'critical' },
  {
    what: 'a secret of Anthropic',
    needles: ['sk-ant-'],
    pattern: /\bsk-ant-(?:api|admin)\d\d-([\w-]{80,120})/,
    severity: 'critical',
  },
  { what: 'an npm token', needles: ['npm_'], pattern: /\bnpm_([A-Za-z0-9]{36})\b/, severity: 'critical' },
  {
    what: 'a PyPI token',
    needles: ['pypi-ageichlwas5vcmc'],
    pattern: /\bpypi-AgEIcHlwaS5vcmc([\w-]{50,200})/,
    severity: 'critical',
  },
  { what: 'a DigitalOcean token', needles: ['dop_v1_'], pattern: /\bdop_v1_([a-f0-9]{64})\b/, severity: 'critical' },
  { what: 'a Shopify token', needles: ['shpat_'], pattern: /\bshpat_([a-fA-F0-9]{32})\b/, severity: 'critical' },
  { what: 'a Vault token', needles: ['hvs.'], pattern: /\bhvs\.([\w-]{24,200})/, severity: 'critical' },
  { what: 'a Databricks token', needles: ['dapi'], pattern: /\bdapi([a-f0-9]{32})\b/, severity: 'critical' },
  {
    what: 'a Square token',
    needles: ['sq0atp-', 'sq0csp-'],
    pattern: /\bsq0(?:atp|csp)-([\w-]{22,43})\b/,
    severity: 'critical',
  },
  {
    what: 'a Telegram bot token',
    needles: ['api.telegram.org'],
    pattern: /api\.telegram\.org\/bot(\d{8,10}:[\w-]{35})/,
    severity: 'high',
  },
  {
    what: 'a refresh token of Google',
    needles: ['refresh_token'],
    pattern: /"refresh_token"\s{0,4}:\s{0,4}"(1\/\/0[\w-]{40,200})"/,
    severity: 'high',
  },
  { what: 'a client secret of Google', needles: ['gocspx-'], pattern: /\bGOCSPX-([\w-]{28})/, severity: 'high' },
  {
    what: 'a secret access key of AWS',
    needles: ['secretaccesskey'],
    pattern: /secretaccesskey["'>\s]{0,4}[:=]?\s{0,4}["']?([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/i,
    severity: 'critical',
  },
  {
    what: 'a secret access key of AWS',
    needles: ['aws_secret_access_key'],
    pattern: /aws_secret_access_key["'\s]{0,4}[:=>]{1,2}\s{0,4}["']?([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/i,
    severity: 'critical',
  },
  {
    what: 'a storage key of Azure',
    needles: ['accountkey='],
    pattern: /AccountKey=([A-Za-z0-9/+]{86}==)/i,
    severity: 'critical',
  },
  {
    what: 'a shared access key of Azure',
    needles: ['sharedaccesskey='],
    pattern: /SharedAccessKey=([A-Za-z0-9/+]{43}=)/i,
    severity: 'critical',
  },
]

/** Of fields whose name says what their value is. */
export const SECRET_NAMES: readonly string[] = ['secretaccesskey', 'aws_secret_access_key', 'secret_access_key']

const PRIVATE_KEY =
  /-----BEGIN (?:(?:RSA|DSA|EC|OPENSSH|ENCRYPTED|PGP) )?PRIVATE KEY(?: BLOCK)?-----[\s\\rn]{1,8}(?:[\w-]{1,32}: [^\n]{0,200}[\s\\rn]{1,8}){0,6}[A-Za-z0-9+/=\s\\]{100}/
const CONNECTION =
  /\b(?:postgres(?:ql)?|mysql|mariadb|mongodb(?:\+srv)?|rediss?|amqps?|mssql|sqlserver|ldap|ftp|smtp):\/\/[^\s:@/"'<>]{1,64}:([^\s@/"'<>]{4,128})@[\w.-]{1,253}/i
const SCHEMES = [
  'postgres',
  'postgresql',
  'mysql',
  'mariadb',
  'mongodb',
  'mongodb+srv',
  'redis',
  'rediss',
  'amqp',
  'amqps',
  'mssql',
  'sqlserver',
  'ldap',
  'ftp',
  'smtp',
]
const DSN_PASSWORD =
  /(?:server|data source|host)=[^;"'\n]{1,200};(?:[^"'\n]{0,300};)?\s?(?:password|pwd)=([^;"'\s]{4,128})/i
const HASH =
  /(?<![\w$])(?:\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}|\$argon2(?:id|i|d)\$v=\d{1,3}\$[\w=,]{1,64}\$[\w+/]{11,64}\$[\w+/]{16,128}|pbkdf2_sha256\$\d{4,8}\$[\w+/]{4,64}\$[\w+/=]{43,90}|\$apr1\$[./A-Za-z0-9]{8}\$[./A-Za-z0-9]{22})(?![\w])/

/** Values that stand for a secret in examples. */
const PLACEHOLDER =
  /example|your|placeholder|changeme|change_me|xxxx|\*\*\*|<|\$\{|\{\{|%[a-z]|123456|abcdef|password|passwd|secret|dummy|sample|redacted/i

const FORMAT_PROBES: readonly Probe[] = FORMATS.map(({ what, needles, pattern, severity }) => ({
  rule: SECRET,
  needles,
  find(text) {
    const found = pattern.exec(text)
    return found === null || !isRandom(found[1] ?? found[0]) ? null : secret(what, found[0], found.index, severity)
  },
}))

const KEY_PROBE: Probe = {
  rule: SECRET,
  needles: [' private key-----', ' private key block-----'],
  find(text) {
    const key = PRIVATE_KEY.exec(text)
    return key === null || distinct(key[0].slice(-90)) <= 24
      ? null
      : secret('a private key', key[0], key.index, 'critical')
  },
}

const CONNECTION_PROBE: Probe = {
  rule: SECRET,
  needles: SCHEMES.flatMap(scheme => [`${scheme.replace('+', ' ')}:/`, `${scheme.replace('+', ' ')}:\\/`]),
  find(text) {
    const found = CONNECTION.exec(text)
    if (found === null || PLACEHOLDER.test(found[1]!) || /@(?:localhost|127\.0\.0\.1|host)\b/.test(found[0]))
      return null
    return secret('the password of a service', found[0], found.index, 'critical')
  },
}

const DSN_PROBE: Probe = {
  rule: SECRET,
  needles: [';password=', '; password=', ';pwd=', '; pwd='],
  find(text) {
    const found = DSN_PASSWORD.exec(text)
    return found === null || PLACEHOLDER.test(found[1]!)
      ? null
      : secret('the password of a database', found[0], found.index, 'critical')
  },
}

const HASH_PROBE: Probe = {
  rule: 'infoleak.password-hash',
  needles: ['$2a$', '$2b$', '$2y$', '$argon2', 'pbkdf2_sha256$', '$apr1$'],
  find(text, lower, scene) {
    const found = HASH.exec(text)
    if (found === null || isQuoted(lower, found.index)) return null
    // Alone in its field, or at the beginning of a file.
    const isAlone = scene.isJson ? found[0].length === text.length : found.index < 64
    return isAlone
      ? { ...secret('the hash of a password', found[0], found.index, 'high'), rule: 'infoleak.password-hash' }
      : null
  },
}

/** Wanted by name: the value says nothing. */
const NAMED_PROBE: Probe = {
  rule: SECRET,
  needles: [],
  find: (text, _lower, scene) =>
    SECRET_NAMES.includes(scene.name) && /^[A-Za-z0-9/+]{40}$/.test(text) && isRandom(text)
      ? secret('a secret access key of AWS', text, 0, 'critical')
      : null,
}

export const SECRET_PROBES: readonly Probe[] = [
  ...FORMAT_PROBES,
  KEY_PROBE,
  CONNECTION_PROBE,
  DSN_PROBE,
  HASH_PROBE,
  NAMED_PROBE,
]

/** Evidence is what precedes the secret. */
function secret(what: string, found: string, at: number, severity: Leak['severity']): Leak {
  const shown = maskOf(found)
  return {
    rule: SECRET,
    severity,
    at,
    evidence: shown,
    why: `The response holds ${what}.`,
    shows: shown,
    cwe: CREDENTIALS,
  }
}

/** What tells the format, and nothing that helps to guess the rest. */
export function maskOf(text: string): string {
  const prefix =
    /^(?:-----begin [a-z ]{1,40}-----|[a-z+]{2,12}:\/\/[^\s:@/"'<>]{1,64}:|(?:server|data source|host)=[^;]{1,64};|\$\w{2,8}\$|[a-z0-9]{2,12}[_-](?:[a-z0-9]{2,8}[_-])?|secretaccesskey|aws_secret_access_key|(?:account|sharedaccess)key=|hooks\.slack\.com\/services\/)/i.exec(
      text,
    )?.[0] ?? ''
  return `${prefix}***`
}

/** Random text of this length has many characters: `xxxxxxxx`, `0123…` and words are examples. */
function isRandom(text: string): boolean {
  const wanted = /^[a-f0-9]+$/i.test(text) ? 8 : Math.min(16, text.length / 2)
  return distinct(text) >= wanted && !PLACEHOLDER.test(text) && !/(.)\1{5}/.test(text)
}

function distinct(text: string): number {
  return new Set(text.slice(0, 256)).size
}
