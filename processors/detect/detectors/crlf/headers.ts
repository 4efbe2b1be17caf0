/** Headers that an injected line is good for, and how their values look: people write lines with colons, too. */

const TOKEN = /^[\w!#$%&'*.^|~-]{1,64}=/
/** Markup may follow at once: the body that the attacker brings. */
const DIGITS = /^\d{1,12}(?:\s*$|<[a-z!])/i
const URL_OR_PATH = /^(?:[a-z]{2,10}:|\/|\\)/i
const WORD = /^[\w*"'[{-]/

export type Use = 'response' | 'request' | 'both'

interface Known {
  /** The value, without blanks in front, begins like this. */
  readonly like: RegExp
  /** Whom the line speaks to. */
  readonly use: Use
  /** Also a word of people at the beginning of a line (`Location: Berlin`). */
  readonly everyday?: true
}

export const KNOWN: ReadonlyMap<string, Known> = new Map<string, Known>([
  ['set-cookie', { like: TOKEN, use: 'response' }],
  ['set-cookie2', { like: TOKEN, use: 'response' }],
  ['cookie', { like: TOKEN, use: 'request', everyday: true }],
  ['content-length', { like: DIGITS, use: 'both' }],
  ['content-type', { like: /^[\w.+-]{1,64}\/[\w.+*-]{1,64}/, use: 'both' }],
  ['content-encoding', { like: WORD, use: 'both' }],
  ['content-disposition', { like: WORD, use: 'both' }],
  ['content-security-policy', { like: WORD, use: 'response' }],
  ['transfer-encoding', { like: WORD, use: 'both' }],
  ['connection', { like: /^(?:close|keep-alive|upgrade)\s*$/i, use: 'both' }],
  ['location', { like: URL_OR_PATH, use: 'response', everyday: true }],
  ['refresh', { like: /^\d{1,4}\s{0,4}[;,]/, use: 'response' }],
  ['link', { like: /^</, use: 'response' }],
  ['status', { like: /^\d{3}\b/, use: 'response' }],
  ['last-modified', { like: WORD, use: 'response' }],
  ['cache-control', { like: WORD, use: 'both' }],
  ['host', { like: /^(?:localhost|[\w-]{1,63}\.[\w.-]{1,255})(?::\d{1,5})?\s*$/i, use: 'request', everyday: true }],
  ['referer', { like: URL_OR_PATH, use: 'request' }],
  ['user-agent', { like: WORD, use: 'request' }],
  ['authorization', { like: /^(?:basic|bearer|digest)\b/i, use: 'request' }],
  ['x-xss-protection', { like: /^[01]/, use: 'response' }],
  ['x-forwarded-for', { like: WORD, use: 'request' }],
  ['x-forwarded-host', { like: WORD, use: 'request' }],
  ['x-original-url', { like: URL_OR_PATH, use: 'request' }],
  ['x-rewrite-url', { like: URL_OR_PATH, use: 'request' }],
  ['x-accel-redirect', { like: URL_OR_PATH, use: 'response' }],
  ['x-sendfile', { like: URL_OR_PATH, use: 'response' }],
  ['x-host', { like: WORD, use: 'request' }],
  ['x-via', { like: WORD, use: 'request' }],
  ['x-remote-ip', { like: WORD, use: 'request' }],
  ['x-remote-addr', { like: WORD, use: 'request' }],
  ['x-originating-ip', { like: WORD, use: 'request' }],
  ['x-forwarded-server', { like: WORD, use: 'request' }],
  ['x-forwarded-proto', { like: WORD, use: 'request' }],
  ['x-real-ip', { like: WORD, use: 'request' }],
  ['x-client-ip', { like: WORD, use: 'request' }],
  ['forwarded', { like: /^[\w;= ]{0,64}(?:for|host|by|proto)=/i, use: 'request' }],
  ['via', { like: /^\d\.\d\s|^[\w.-]{1,80}\.[a-z]{2,}/i, use: 'both', everyday: true }],
  ['remote-ip', { like: WORD, use: 'request' }],
  ['remote-addr', { like: WORD, use: 'request' }],
  ['x-injected', { like: WORD, use: 'both' }],
  ['x-test', { like: WORD, use: 'both' }],
  ['x-crlf', { like: WORD, use: 'both' }],
  ['injected-header', { like: WORD, use: 'both' }],
  ['header', { like: WORD, use: 'both', everyday: true }],
  ['crlf', { like: WORD, use: 'both' }],
  ['access-control-allow-origin', { like: WORD, use: 'response' }],
  ['access-control-allow-credentials', { like: WORD, use: 'response' }],
])
