/**
 * What a producer knows of a connection beyond its addresses. It travels as MessagePack in a segment of kind `about`, before
 * the first bytes of the connection, or with a whole message, and reaches every exchange of that connection.
 */
import { Decoder, encode } from '@msgpack/msgpack'
import { z } from 'zod'

/** Longest text kept; longer ones are cut by whoever makes them. */
export const ABOUT_TEXT = 256
/** Longest payload of an `about` segment, bytes. */
export const ABOUT_BYTES = 4096

const text = z.string().max(ABOUT_TEXT)
const texts = z.array(text).max(64)

const PeerCertificate = z.object({
  subject: text,
  issuer: text.optional(),
  /** Subject alternative names. */
  uris: texts,
  dns: texts,
  /** Fingerprint, hexadecimal digits. */
  sha256: text,
  serial: text,
  /** Did whoever terminates TLS accept it? */
  validated: z.boolean(),
})

const TlsDetails = z.object({
  /** Whose plaintext was read inside a process: `openssl`, … */
  library: text.optional(),
  /** `TLSv1.3` */
  version: text.optional(),
  /** The host name that the client asked for. */
  sni: text.optional(),
  alpn: text.optional(),
  /** Null: the peer gave none. */
  peerCertificate: PeerCertificate.nullable().optional(),
})

const ProcessDetails = z.object({
  /** As the host counts. */
  pid: z.int().min(0),
  /** The name that the process gave itself (comm). */
  name: text,
  /** Path of its executable, as the process sees it. */
  executable: text.optional(),
  /** Which end of the connection it is. */
  side: z.enum(['client', 'server']).optional(),
  /** Id of its container. */
  container: text.optional(),
  pod: z.object({ uid: text, namespace: text.optional(), name: text.optional() }).optional(),
})

const About = z.object({
  tls: TlsDetails.optional(),
  process: ProcessDetails.optional(),
  /** Which endpoint of the flow opened the connection, by the word of the system, also where that was not seen. */
  client: z.literal([0, 1]).optional(),
})

/** Certificate of the other end of the TLS connection. */
export type PeerCertificate = Readonly<z.output<typeof PeerCertificate>>
/** What is known of the TLS connection that the plaintext came in. Absent keys: not known. */
export type TlsDetails = Readonly<z.output<typeof TlsDetails>>
/** The process in which the connection was observed. Absent keys: not known. */
export type ProcessDetails = Readonly<z.output<typeof ProcessDetails>>
/** `tls` is there when the connection is one of TLS, even if nothing else is known of it. */
export type About = Readonly<z.output<typeof About>>

/** The payload of an `about` segment. */
export function encodeAbout(about: About): Uint8Array<ArrayBuffer> {
  return encode(about, { ignoreUndefined: true })
}

/** Nothing in it is longer than the payload that a segment may have. */
const decoder = new Decoder({
  maxStrLength: ABOUT_BYTES,
  maxBinLength: 0,
  maxArrayLength: ABOUT_BYTES,
  maxMapLength: ABOUT_BYTES,
  maxExtLength: 0,
})

/** Null when it is none, or too long. Keys that a newer producer has added are left out. */
export function decodeAbout(bytes: Uint8Array): About | null {
  if (bytes.length > ABOUT_BYTES) return null
  try {
    return About.safeParse(decoder.decode(bytes)).data ?? null
  } catch {
    return null
  }
}
