/** Text of heads: read as Latin-1 (one byte, one character), shown as UTF-8 where it is UTF-8. */
import { isUtf8 } from 'node:buffer'

/** A head with anything but printable ASCII, tab and line ends needs a closer look; nearly none has. */
export function isPlain(head: string): boolean {
  let odd = 0
  for (let i = 0; i < head.length; i++) odd |= ODD[head.charCodeAt(i)]!
  return odd === 0
}

/** A regular expression takes twice as long for the same question. */
const ODD = new Uint8Array(256).fill(1)
ODD.fill(0, 0x20, 0x7f)
for (const code of [9, 10, 13]) ODD[code] = 0

/** What the closer look finds: names of anomalies. */
export function oddities(head: string): string[] {
  const found: string[] = []
  if (head.includes('\0')) found.push('http1.nul')
  if (/[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(head)) found.push('http1.control-character')
  return found
}

/** UTF-8 where it decodes, Latin-1 otherwise. */
export function display(latin1: string): string {
  if (!/[\x80-\xff]/.test(latin1)) return latin1
  const bytes = Buffer.from(latin1, 'latin1')
  return isUtf8(bytes) ? bytes.toString('utf8') : latin1
}

/** Node has it for any bytes, its types do not: half the time of `toString('latin1')` on short texts, and no Buffer. */
const { latin1Slice } = Buffer.prototype as unknown as {
  latin1Slice(this: Uint8Array, from: number, to: number): string
}

export function latin1(bytes: Uint8Array, from: number, to: number): string {
  return latin1Slice.call(bytes, from, to)
}

/** The same bytes, for those who search them for more than one byte. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}
