/** What a field's name means to a message. */
export const Kind = {
  Plain: 0,
  Method: 1,
  Path: 2,
  Scheme: 3,
  Authority: 4,
  Protocol: 5,
  Status: 6,
  UnknownPseudo: 7,
  Host: 8,
  ContentLength: 9,
  ContentEncoding: 10,
  /** The name is not known. */
  Unknown: 11,
  /** Only meaningful on a connection of HTTP/1 (RFC 9113 §8.2.2). */
  Connection: 12,
  TransferEncoding: 13,
  Te: 14,
} as const
export type Kind = (typeof Kind)[keyof typeof Kind]

const KINDS: ReadonlyMap<string, Kind> = new Map([
  [':method', Kind.Method],
  [':path', Kind.Path],
  [':scheme', Kind.Scheme],
  [':authority', Kind.Authority],
  [':protocol', Kind.Protocol],
  [':status', Kind.Status],
  ['host', Kind.Host],
  ['content-length', Kind.ContentLength],
  ['content-encoding', Kind.ContentEncoding],
  ['connection', Kind.Connection],
  ['keep-alive', Kind.Connection],
  ['proxy-connection', Kind.Connection],
  ['upgrade', Kind.Connection],
  ['http2-settings', Kind.Connection],
  ['transfer-encoding', Kind.TransferEncoding],
  ['te', Kind.Te],
])

/** Of a name in Latin-1. */
export function kindOf(name: string): Kind {
  const kind = KINDS.get(name)
  if (kind !== undefined) return kind
  if (name.charCodeAt(0) === 58) return Kind.UnknownPseudo
  return Kind.Plain
}

export function isPseudo(kind: Kind): boolean {
  return kind >= Kind.Method && kind <= Kind.UnknownPseudo
}
