/**
 * Fuzz target: the input is a script of both directions (test/fuzz/http1.ts says how it is written), read with both versions of
 * the PROXY protocol in front of HTTP. The outcome does not depend on the cut, nor on restarts; every byte is settled once; a
 * hop is never trusted here, and names an address or nobody.
 */
import assert from 'node:assert/strict'
import http1 from '#processors/http/protocols/http1/index.ts'
import proxyV1 from '#processors/http/protocols/proxy-v1/index.ts'
import proxyV2 from '#processors/http/protocols/proxy-v2/index.ts'
import { checked, header, INET, INET6, SIGNATURE, tlv } from '#processors/http/protocols/proxy-v2/testdata/header.ts'
import { canonicalAddress } from '#schemas/config/address.ts'
import { type PlayOptions, play } from '#test/driver/http.ts'
import { outcome, script, settled } from './http1.ts'

/** Small limits, so that short inputs reach them. */
const OPTIONS: PlayOptions = {
  config: { head: 300, headers: 8, probe: 64, pipeline: 4, protocols: 4 },
  protocols: [proxyV1, proxyV2, http1],
}

export default function target(data: Uint8Array): void {
  const { steps, opener } = script(data)
  const whole = play(steps, { ...OPTIONS, opener })
  assert.equal(settled(whole), whole.fed, 'every byte is settled once')
  assert.equal(whole.stage.size(), 0, 'nothing is left of the connection')
  for (const { hops } of whole.exchanges) {
    for (const { ip, trusted } of hops.slice(1)) {
      assert.ok(!trusted)
      assert.ok(ip === '' || canonicalAddress(ip) === ip, ip)
    }
  }
  let n = data.length
  const cut = (left: number) => 1 + (((n = (n * 1103515245 + 12345) >>> 0) >>> 16) % Math.min(left, 40))
  let turn = 0
  const pieces = play(steps, { ...OPTIONS, opener, cut, restart: () => turn++ % 3 === 0 })
  assert.deepEqual(outcome(pieces), outcome(whole))
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

/** What the client says, one step each. */
function write(...said: readonly Uint8Array[]): Uint8Array {
  const parts = said.flatMap(bytes => [Uint8Array.of(14, bytes.length >> 8, bytes.length), bytes])
  return Buffer.concat([Uint8Array.of(0), ...parts])
}

export function seeds(): readonly Uint8Array[] {
  const get = Buffer.from('GET /a HTTP/1.1\r\nHost: h\r\n\r\n')
  const line = Buffer.from('PROXY TCP4 203.0.113.7 192.0.2.1 56324 443\r\n')
  const ssl = tlv(0x20, Buffer.concat([Uint8Array.of(7, 0, 0, 0, 0), tlv(0x22, 'alice'), tlv(0x21, 'TLSv1.3')]))
  return [
    write(line, get),
    write(line, line, get),
    write(header(0x21, 0x11, INET), get),
    write(checked(0x21, 0x21, INET6, tlv(1, 'h2'), ssl, tlv(0xea, '\x01vpce-1')), get),
    write(header(0x20, 0x00), header(0x21, 0x31, new Uint8Array(216)), get),
    write(Buffer.from('CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\n\r\n'), line, get),
  ]
}
