/** What is known of a connection, from and to the shape of exchange.avsc. */
import { known } from '#schemas/avro/known.ts'
import type { PeerCertificate, ProcessDetails, TlsDetails } from '#schemas/records/about.ts'

interface AvroCertificate {
  readonly subject: string
  readonly issuer: string | null
  readonly uris: readonly string[]
  readonly dns: readonly string[]
  readonly sha256: string
  readonly serial: string
  readonly validated: boolean
}

export interface AvroTls {
  readonly library: string | null
  readonly version: string | null
  readonly sni: string | null
  readonly alpn: string | null
  readonly certificateKnown: boolean
  readonly peerCertificate: AvroCertificate | null
}

export interface AvroProcess {
  readonly pid: number
  readonly name: string
  readonly executable: string | null
  readonly side: string | null
  readonly container: string | null
  readonly podUid: string | null
  readonly podNamespace: string | null
  readonly podName: string | null
}

export function toTls({ library, version, sni, alpn, peerCertificate: peer }: TlsDetails): AvroTls {
  return {
    library: library ?? null,
    version: version ?? null,
    sni: sni ?? null,
    alpn: alpn ?? null,
    certificateKnown: peer !== undefined,
    peerCertificate: peer === undefined || peer === null ? null : { ...peer, issuer: peer.issuer ?? null },
  }
}

export function fromTls({ certificateKnown, peerCertificate, ...texts }: AvroTls): TlsDetails {
  return { ...known(texts), ...(certificateKnown ? { peerCertificate: fromCertificate(peerCertificate) } : {}) }
}

function fromCertificate(avro: AvroCertificate | null): PeerCertificate | null {
  if (avro === null) return null
  const { issuer, subject, uris, dns, sha256, serial, validated } = avro
  return { subject, ...known({ issuer }), uris: [...uris], dns: [...dns], sha256, serial, validated }
}

export function toProcess({ pid, name, executable, side, container, pod }: ProcessDetails): AvroProcess {
  return {
    pid,
    name,
    executable: executable ?? null,
    side: side ?? null,
    container: container ?? null,
    podUid: pod?.uid ?? null,
    podNamespace: pod?.namespace ?? null,
    podName: pod?.name ?? null,
  }
}

export function fromProcess(avro: AvroProcess): ProcessDetails {
  const { pid, name, executable, container, podUid } = avro
  const side = avro.side === 'client' || avro.side === 'server' ? avro.side : null
  const more = known({ namespace: avro.podNamespace, name: avro.podName })
  const pod = podUid === null ? {} : { pod: { uid: podUid, ...more } }
  return { pid, name, ...known({ executable, side, container }), ...pod }
}
