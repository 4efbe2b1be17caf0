/**
 * Fuzz target: the input is a script of both directions (test/fuzz/http1.ts says how it is written), read by the version of the
 * PROXY protocol that its first byte names. The outcome does not depend on the cut, nor on restarts; every byte is settled once,
 * or left for who reads on; a hop is never trusted here, and names an address or nobody.
 */
import assert from 'node:assert/strict'
import proxyV1 from '#processors/http/protocols/proxy-v1/index.ts'
import proxyV2 from '#processors/http/protocols/proxy-v2/index.ts'
import { checked, header, INET, INET6, SIGNATURE, tlv } from '#processors/http/protocols/proxy-v2/testdata/header.ts'
import { canonicalAddress } from '#schemas/config/address.ts'
import { accounted, limitsOf, playSession } from '#test/driver/session.ts'
import { script } from './http1.ts'

/** Small limits, so that short inputs reach them. */
const LIMITS = limitsOf({ head: 300, probe: 64 })

export default function target(data: Uint8Array): void {
  const { steps } = script(data)
  const spec = ((data[0] ?? 0) & 4) === 0 ? proxyV2 : proxyV1
  const whole = playSession(spec, LIMITS, steps)
  assert.equal(accounted(whole), whole.fed, 'every byte is settled once, or left')
  for (const { ip, trusted } of whole.hops) {
    assert.ok(!trusted)
    assert.ok(ip === '' || canonicalAddress(ip) === ip, ip)
  }
  let n = data.length
  const cut = (left: number) => 1 + (((n = (n * 1103515245 + 12345) >>> 0) >>> 16) % Math.min(left, 40))
  let turn = 0
  assert.deepEqual(playSession(spec, LIMITS, steps, { cut, restart: () => turn++ % 3 === 0 }), whole)
}

export const dictionary: readonly string[] = [
  'PROXY TCP4 203.0.113.7 192.0.2.1 56324 443\r\n',
  'PROXY TCP6 ',
  'PROXY UNKNOWN\r\n',
  '::ffff:1.2.3.4 ',
  ' 65535\r\n',
  SIGNATURE.toString('latin1'),
  '\x21\x11\x00\x0c',
  '\x20\x00\x00\x00',
  '\x03\x00\x04',
]

/** What the client says, one step each, to a version. */
function write(version: 1 | 2, ...said: readonly Uint8Array[]): Uint8Array {
  const parts = said.flatMap(bytes => [Uint8Array.of(14, bytes.length >> 8, bytes.length), bytes])
  return Buffer.concat([Uint8Array.of(version === 1 ? 4 : 0), ...parts])
}

export function seeds(): readonly Uint8Array[] {
  const get = Buffer.from('GET /a HTTP/1.1\r\nHost: h\r\n\r\n')
  const line = Buffer.from('PROXY TCP4 203.0.113.7 192.0.2.1 56324 443\r\n')
  const ssl = tlv(0x20, Buffer.concat([Uint8Array.of(7, 0, 0, 0, 0), tlv(0x22, 'alice'), tlv(0x21, 'TLSv1.3')]))
  return [
    write(1, line, get),
    write(1, Buffer.from('PROXY UNKNOWN\r\n'), get),
    write(2, header(0x21, 0x11, INET), get),
    write(2, checked(0x21, 0x21, INET6, tlv(1, 'h2'), ssl, tlv(0xea, '\x01vpce-1')), get),
    write(2, header(0x20, 0x00), get),
    write(2, header(0x21, 0x31, new Uint8Array(216)), get),
  ]
}
