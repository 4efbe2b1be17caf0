/**
 * What client and server agreed on: the response's Sec-WebSocket-Extensions (RFC 6455 §9.1, RFC 7692 §7).
 *
 *   extensions = 1#( name *( ";" parameter ) )
 *   parameter  = token [ "=" ( token / quoted-string ) ]
 */
import type { Upgraded } from '#schemas/contracts/protocol.ts'
import type { Header } from '#schemas/records/exchange.ts'

export interface Agreed {
  /** Does a direction's compressor refer to earlier messages? Null: no compression. By direction. */
  readonly takeover: readonly [boolean, boolean] | null
  /** What is strange about the handshake. */
  readonly anomalies: readonly string[]
}

interface Extension {
  readonly name: string
  readonly parameters: ReadonlyMap<string, string>
}

/** Most extensions read of one header section. */
const EXTENSIONS = 32

export function agreedIn({ exchange: { request, response } }: Upgraded): Agreed {
  const anomalies: string[] = []
  const requestSeen = request.method !== ''
  const used = extensionsIn(response?.headers ?? [])
  if (used.some(({ name }) => name !== 'permessage-deflate')) anomalies.push('websocket.unknown-extension')
  const deflate = used.find(({ name }) => name === 'permessage-deflate')
  if (deflate === undefined) return { takeover: null, anomalies }
  const offered = extensionsIn(request.headers).some(({ name }) => name === deflate.name)
  if (requestSeen && !offered) anomalies.push('websocket.unoffered-extension')
  if (![...deflate.parameters].every(isValid)) anomalies.push('websocket.bad-extension')
  const { parameters } = deflate
  const takeover = [
    !parameters.has('client_no_context_takeover'),
    !parameters.has('server_no_context_takeover'),
  ] as const
  return { takeover, anomalies }
}

/** RFC 7692 §7.1. A window smaller than 32 KiB needs nothing of us: references only reach less far. */
function isValid([name, value]: readonly [string, string]): boolean {
  switch (name) {
    case 'server_no_context_takeover':
    case 'client_no_context_takeover':
      return value === ''
    case 'server_max_window_bits':
    case 'client_max_window_bits':
      return /^([89]|1[0-5])$/.test(value)
    default:
      return false
  }
}

function extensionsIn(headers: readonly Header[]): readonly Extension[] {
  const listed = valuesOf(headers, 'sec-websocket-extensions').flatMap(value => value.split(',', EXTENSIONS))
  return listed
    .slice(0, EXTENSIONS)
    .filter(text => text.trim() !== '')
    .map(extensionOf)
}

function extensionOf(text: string): Extension {
  const [name = '', ...rest] = text.split(';').map(part => part.trim().toLowerCase())
  const parameters = rest.map((part): [string, string] => {
    const equals = part.indexOf('=')
    if (equals < 0) return [part, '']
    return [
      part.slice(0, equals).trim(),
      part
        .slice(equals + 1)
        .replaceAll('"', '')
        .trim(),
    ]
  })
  return { name, parameters: new Map(parameters) }
}

function valuesOf(headers: readonly Header[], name: string): readonly string[] {
  return headers.filter(header => header[0].toLowerCase() === name).map(header => header[1])
}
