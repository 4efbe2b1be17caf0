/** What several forms say alike: who speaks, how bad it is, what stands in a header, what an address is. */
import { isIP } from 'node:net'
import type { Severity } from '#schemas/records/detection.ts'
import type { Exchange, Message } from '#schemas/records/exchange.ts'

export const VENDOR = 'Tapwire'
export const PRODUCT = 'Tapwire'
/** Version of the mapping from records to these forms: raised when a field changes its meaning or goes. */
export const MAPPING = '1'

/** From 0 to 10, as CEF and LEEF count: 0 to 3 is low, 4 to 6 medium, 7 and 8 high, 9 and 10 very high. */
export const SCALE: Readonly<Record<Severity, number>> = { info: 1, low: 3, medium: 5, high: 8, critical: 10 }
/** Of an anomaly, which is not an attack by itself. */
export const ANOMALY_SCALE = 2

/** Longest text of a field in CEF and LEEF: what CEF's dictionary gives to `msg` and `request`. */
const FIELD = 1023

/** At most as long as a field may be, and without halves of a surrogate pair. */
export function cut(text: string): string {
  return text.slice(0, FIELD).toWellFormed()
}

/** Milliseconds since 1970, for a capture time in µs. */
export function millis(time: number): number {
  return Math.floor(time / 1000)
}

/** Value of the first header of this name (lower case); null when there is none. */
export function header({ headers }: Message, name: string): string | null {
  const found = headers.find(([each]) => each.length === name.length && each.toLowerCase() === name)
  return found === undefined ? null : found[1]
}

/** An address, or undefined: some are texts that a header claimed. */
export function address(ip: string): string | undefined {
  return isIP(ip) === 0 ? undefined : ip
}

/** Host name and port of `shop.example:8080`, `[::1]:80`; the port is undefined when there is none. */
export function splitHost(host: string): { readonly name: string; readonly port: number | undefined } {
  const match = /^(.*):(\d{1,5})$/.exec(host)
  if (match === null || (match[1]!.includes(':') && !match[1]!.endsWith(']'))) return { name: host, port: undefined }
  return { name: match[1]!, port: Number(match[2]) }
}

/** Bytes of a WebSocket message, which is the body of one side. */
export function messageBytes({ message, request, response }: Exchange): number {
  return (message?.from === 'server' ? response : request)?.bodyBytes ?? 0
}
