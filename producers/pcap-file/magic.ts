/** Tells by the first bytes what a stream is: a capture, gzip, or something else that people hand in by mistake. */

export type Recognized =
  | { readonly kind: 'pcap' | 'pcapng' | 'gzip' }
  | { readonly kind: 'foreign'; readonly what: string; readonly advice: string }

/** Enough to recognize everything below. */
export const HEAD = 4

const CONVERT = 'convert it with: editcap -F pcapng'

/** First bytes in hex, what it is, what the user can do. */
const FOREIGN: readonly (readonly [string, string, string])[] = [
  ['a1b2cd34', 'a "modified" (Kuznetzov) pcap file', CONVERT],
  ['34cdb2a1', 'a "modified" (Kuznetzov) pcap file', CONVERT],
  ['1c0001ac', 'an IXIA capture', CONVERT],
  ['1c0001ab', 'an IXIA capture', CONVERT],
  ['736e6f6f', 'a snoop capture', CONVERT],
  ['47494e53', 'a Network Monitor capture', CONVERT],
  ['474d4255', 'a Network Monitor capture', CONVERT],
  ['28b52ffd', 'zstd compressed', 'decompress it: zstd -dc FILE, and read - (standard input)'],
  ['fd377a58', 'xz compressed', 'decompress it: xz -dc FILE, and read - (standard input)'],
  ['425a68', 'bzip2 compressed', 'decompress it: bzip2 -dc FILE, and read - (standard input)'],
  ['04224d18', 'lz4 compressed', 'decompress it: lz4 -dc FILE, and read - (standard input)'],
  ['504b0304', 'a zip archive', 'unpack it first'],
  ['ffd8ff', 'a JPEG image', 'hand in a capture'],
  ['89504e47', 'a PNG image', 'hand in a capture'],
  ['25504446', 'a PDF document', 'hand in a capture'],
  ['7f454c46', 'a program', 'hand in a capture'],
]

const CAPTURES: readonly (readonly [string, 'pcap' | 'pcapng' | 'gzip'])[] = [
  ['d4c3b2a1', 'pcap'],
  ['a1b2c3d4', 'pcap'],
  ['4d3cb2a1', 'pcap'],
  ['a1b23c4d', 'pcap'],
  ['0a0d0d0a', 'pcapng'],
  ['1f8b', 'gzip'],
]

/** `head`: the first bytes of the stream, fewer than HEAD when it is shorter. */
export function recognize(head: Uint8Array): Recognized {
  const hex = Buffer.from(head).toString('hex')
  for (const [magic, kind] of CAPTURES) if (hex.startsWith(magic)) return { kind }
  for (const [magic, what, advice] of FOREIGN) if (hex.startsWith(magic)) return { kind: 'foreign', what, advice }
  const bytes = hex.replaceAll(/(..)(?=.)/g, '$1 ')
  return { kind: 'foreign', what: `neither pcap nor pcapng (starts with ${bytes})`, advice: 'hand in a capture' }
}
