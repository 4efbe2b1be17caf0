import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encode } from '@msgpack/msgpack'
import { ABOUT_BYTES, type About, decodeAbout, encodeAbout } from './about.ts'

const KNOWN: About = {
  tls: {
    library: 'openssl',
    version: 'TLSv1.3',
    peerCertificate: { subject: 'CN=a', uris: ['spiffe://a'], dns: [], sha256: '00', serial: '1', validated: true },
  },
  process: { pid: 7, name: 'nginx', executable: '/usr/sbin/nginx', side: 'server', pod: { uid: 'u', name: 'web-0' } },
}

test('what is encoded is decoded', () => {
  for (const about of [KNOWN, {}, { tls: {} }, { tls: { peerCertificate: null } }, { client: 1 as const }]) {
    assert.deepEqual(decodeAbout(encodeAbout(about)), about)
  }
})

test('keys of a newer producer are left out', () => {
  assert.deepEqual(decodeAbout(encode({ tls: { library: 'go', cipher: 'x' }, weather: 'fine' })), {
    tls: { library: 'go' },
  })
})

const process = { pid: 1, name: 'a' }
for (const [what, bytes] of [
  ['no MessagePack', Uint8Array.of(0xc1)],
  ['cut off', encodeAbout(KNOWN).subarray(0, 20)],
  ['no map', encode([1, 2])],
  ['another type', encode({ process: { ...process, pid: '1' } })],
  ['a negative pid', encode({ process: { ...process, pid: -1 } })],
  ['an unknown side', encode({ process: { ...process, side: 'both' } })],
  ['an endpoint that there is not', encode({ client: 2 })],
  ['a text that is too long', encode({ process: { ...process, name: 'a'.repeat(257) } })],
  ['too long as a whole', encode({ tls: {}, more: 'a'.repeat(ABOUT_BYTES) })],
  ['nested deeply', Uint8Array.from([...new Uint8Array(4000).fill(0x91), 0xc0])],
] as const) {
  test(`refused: ${what}`, () => assert.equal(decodeAbout(bytes), null))
}
