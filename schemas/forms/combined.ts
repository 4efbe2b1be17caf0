/**
 * The combined log format of Apache httpd (mod_log_config), for exchanges:
 *
 *   %h %l %u [%t] "%r" %>s %b "%{Referer}i" "%{User-agent}i"
 *
 * Texts between quotes are escaped as httpd does it, byte by byte: `\"` `\\` `\b` `\n` `\r` `\t` `\v`, and `\xhh` for what is
 * not printable ASCII. `%l` and `%u` are always `-`. Times are UTC.
 */
import { address, header } from '#schemas/forms/facts.ts'
import { isoTime } from '#schemas/json/time.ts'
import type { Exchange } from '#schemas/records/exchange.ts'

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const ESCAPES: ReadonlyMap<number, string> = new Map([
  [0x08, '\\b'],
  [0x09, '\\t'],
  [0x0a, '\\n'],
  [0x0b, '\\v'],
  [0x0d, '\\r'],
  [0x22, '\\"'],
  [0x5c, '\\\\'],
])
/** Texts of these characters alone are as they are. */
const PLAIN = /^[ !#-[\]-~]*$/

/** Null for a message of a WebSocket: an access log has one line for the request that opened it, and none for messages. */
export function combinedLine({ client, time, request, response, message }: Exchange): string | null {
  if (message !== null) return null
  const line = quoted(`${request.method} ${request.target} HTTP/${request.version}`)
  const bytes = response === null || response.bodyBytes === 0 ? '-' : response.bodyBytes
  const referer = quoted(header(request, 'referer') ?? '-')
  const agent = quoted(header(request, 'user-agent') ?? '-')
  return `${address(client.ip) ?? '-'} - - [${clock(time)}] ${line} ${response?.status ?? '-'} ${bytes} ${referer} ${agent}`
}

/** `21/Nov/2026:09:30:35 +0000` */
function clock(time: number): string {
  const [date = '', clock = ''] = isoTime(time).split('T')
  const [year, month, day] = date.split('-')
  return `${day}/${MONTHS[Number(month) - 1]}/${year}:${clock.slice(0, 8)} +0000`
}

function quoted(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : `"${Array.from(new TextEncoder().encode(text), escaped).join('')}"`
}

function escaped(byte: number): string {
  const short = ESCAPES.get(byte)
  if (short !== undefined) return short
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`
}
