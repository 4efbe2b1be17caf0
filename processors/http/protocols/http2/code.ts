/** Error codes of RST_STREAM and GOAWAY (RFC 9113 §7), as they stand in names of anomalies. */
const NAMES = [
  'no-error',
  'protocol-error',
  'internal-error',
  'flow-control-error',
  'settings-timeout',
  'stream-closed',
  'frame-size-error',
  'refused-stream',
  'cancel',
  'compression-error',
  'connect-error',
  'enhance-your-calm',
  'inadequate-security',
  'http-1-1-required',
] as const

export const NO_ERROR = 0

/** What a server says when the client broke a rule on the stream. */
const BLAMES_CLIENT: ReadonlySet<number> = new Set([1, 3, 5, 6])

export function codeName(code: number): string {
  return NAMES[code] ?? 'unknown'
}

export function blamesClient(code: number): boolean {
  return BLAMES_CLIENT.has(code)
}

export function codeAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! * 2 ** 24 + ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!)
}
