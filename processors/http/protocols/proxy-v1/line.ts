/**
 * The PROXY protocol's human-readable header (proxy-protocol.txt §2.1):
 *
 *   header  = "PROXY " ( "UNKNOWN" *any / family " " source " " destination " " port " " port ) CRLF    107 bytes at most
 *   family  = "TCP4" / "TCP6"
 *   port    = "0" / %x31-39 *4DIGIT      up to 65535, no leading zeros
 *
 * One space between two words, no more; addresses in their own family. Whoever accepts less strict lines can be made to
 * see another client than the next in line.
 */
import { canonicalAddress } from '#schemas/config/address.ts'
import type { Hop } from '#schemas/records/exchange.ts'
import type { Endpoint } from '#schemas/records/flow.ts'
import type { Reading } from '../../preamble.ts'

/** Longest header, with its line end. */
const LONGEST = 107
const START = Buffer.from('PROXY ')
/** What may stand behind it; anything else is a method of HTTP. */
const FAMILIES = ['TCP', 'UNKNOWN']
const NAME = 'proxy-v1'

export function readLine(head: Uint8Array): Reading {
  const starts = startsLikeIt(head)
  if (starts !== 'yes') return starts === 'no' ? { kind: 'none' } : { kind: 'more', total: null }
  const nl = head.subarray(0, LONGEST).indexOf(10)
  if (nl < 0) {
    return head.length < LONGEST ? { kind: 'more', total: null } : { kind: 'lost', anomaly: 'proxy.v1-too-long' }
  }
  const hop = head[nl - 1] === 13 ? hopIn(Buffer.from(head.subarray(0, nl - 1)).toString('latin1')) : null
  const length = nl + 1
  if (hop === null) return { kind: 'skip', length, fate: 'unsupported', anomaly: 'proxy.v1-malformed' }
  return { kind: 'header', length, hop, anomalies: [] }
}

export function startsLikeIt(head: Uint8Array): 'yes' | 'no' | 'more' {
  const there = Math.min(head.length, START.length)
  if (START.compare(head, 0, there, 0, there) !== 0) return 'no'
  const word = Buffer.from(head.subarray(START.length, START.length + 7)).toString('latin1')
  if (FAMILIES.some(family => word.startsWith(family))) return 'yes'
  return FAMILIES.some(family => family.startsWith(word)) ? 'more' : 'no'
}

/** Null when the line is in no grammar. */
function hopIn(line: string): Hop | null {
  if (/^PROXY UNKNOWN(?: |$)/.test(line)) return { from: NAME, ip: '', trusted: false }
  const words = line.split(' ')
  const [, family, from = '', to = '', fromPort = '', toPort = ''] = words
  if (words.length !== 6 || (family !== 'TCP4' && family !== 'TCP6')) return null
  const client = endpointOf(family, from, fromPort)
  const server = endpointOf(family, to, toPort)
  if (client === null || server === null) return null
  return { from: NAME, ...client, trusted: false, proxy: { server } }
}

function endpointOf(family: 'TCP4' | 'TCP6', ip: string, port: string): Endpoint | null {
  const address = canonicalAddress(ip)
  if (address === null || ip.includes(':') !== (family === 'TCP6')) return null
  return /^(?:0|[1-9]\d{0,4})$/.test(port) && Number(port) <= 65_535 ? { ip: address, port: Number(port) } : null
}
