/**
 * By which library a process does TLS, and whether its plaintext can be seen. Known by what is mapped into it and by what its
 * executable says: nothing is run, and no traffic is needed.
 */
import type { Elf } from './elf.ts'

/** What is asked of an executable. */
export type Executable = Pick<Elf, 'has' | 'names' | 'says'>

export interface TlsStack {
  readonly library: string
  /** Null: it can be seen. Otherwise why not, and what there is instead. */
  readonly unseen: string | null
}

const INSTEAD = 'mirror where its TLS ends before it (a proxy), or at the proxy itself'

/** Shared libraries by the beginning of their file names. */
const SHARED: readonly (readonly [name: string, library: string, seen: boolean])[] = [
  ['libssl.so.3', 'OpenSSL 3', true],
  ['libssl.so.1.1', 'OpenSSL 1.1', true],
  ['libssl.so', 'OpenSSL', true],
  ['libgnutls.so', 'GnuTLS', false],
  ['libssl3.so', 'NSS', false],
  ['libmbedtls.so', 'Mbed TLS', false],
  ['libwolfssl.so', 'wolfSSL', false],
  ['libs2n.so', 's2n', false],
  ['libconscrypt', 'Conscrypt', false],
  ['libjvm.so', 'Java (JSSE)', false],
]

/** Copies inside of the executable, by text among its constants. */
const INSIDE: readonly (readonly [text: string, library: string])[] = [
  ['BoringSSL', 'BoringSSL, stripped'],
  ['OpenSSL 3.', 'OpenSSL 3, stripped'],
  ['OpenSSL 1.1', 'OpenSSL 1.1, stripped'],
  ['rustls', 'rustls'],
  ['mbedtls', 'Mbed TLS'],
  ['wolfSSL', 'wolfSSL'],
]

/** `mapped`: file names of what is mapped. Null: it has no TLS library that is known. */
export function tlsStackOf(mapped: ReadonlySet<string>, executable: Executable | null): TlsStack | null {
  const shared = SHARED.filter(([name]) => [...mapped].some(file => file.startsWith(name)))
  const seen = shared.find(([, , visible]) => visible)
  if (seen !== undefined) return { library: seen[1], unseen: null }
  if (executable?.names('SSL_read') === true && executable.names('SSL_write')) {
    return { library: 'OpenSSL, inside of the executable', unseen: null }
  }
  if (executable?.has('.go.buildinfo') === true) {
    return { library: 'Go (crypto/tls)', unseen: `Go does TLS itself, and no probe sees into it: ${INSTEAD}` }
  }
  const [other] = shared
  if (other !== undefined) return { library: other[1], unseen: `no probe sees into ${other[1]}: ${INSTEAD}` }
  const inside = INSIDE.find(([text]) => executable?.says(text))
  if (inside === undefined) return null
  return { library: inside[1], unseen: `a copy of its own, without the names that a probe needs: ${INSTEAD}` }
}
