import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { ROOT } from '#infra/cli/components.ts'
import { tapwire } from './tapwire.ts'

const golden = (name: string): string => join(ROOT, 'test/golden', name, 'input.pcap')

/** Blocks of the output, each the lines of one packet, the first one without what precedes the addresses. */
function blocks(text: string): readonly (readonly string[])[] {
  return text
    .split('\n\n')
    .filter(block => block.trim() !== '')
    .map(block =>
      block
        .trim()
        .split('\n')
        .map(line => line.trim().replace(/ +/g, ' ')),
    )
}

test('a packet: its layers, what the stages said, and what became of it later', async () => {
  const { code, stdout, stderr } = await tapwire(['read', '--explain', '4', golden('te-and-cl')])
  assert.equal(stderr, '')
  assert.equal(code, 0)
  const [packet, later, ...rest] = blocks(stdout)
  assert.deepEqual(rest, [])
  assert.match(packet![0]!, /^#4 2026-.*Z 10\.0\.0\.1:40000 > 10\.0\.0\.2:80, PSH ACK, 105 bytes of payload$/)
  assert.match(packet![1]!, /^ethernet 14 bytes at 0 /)
  assert.match(packet![2]!, /^ipv4 20 bytes at 14 source 10\.0\.0\.1, /)
  assert.match(packet![3]!, /^tcp 20 bytes at 34 source port 40000, .* flags PSH ACK/)
  assert.match(packet![4]!, /^payload 105 bytes POST \/s HTTP\/1\.1\\x0d\\x0a/)
  assert.deepEqual(packet!.slice(5), [
    'tcp 105 bytes in order from 10.0.0.1:40000',
    'http speaks http1',
    'bytes inspected 105',
  ])
  assert.match(later![0]!, /^#6 .* later$/)
  assert.match(later!.join('\n'), /^http exchange 1: POST \/s -> 200 \(4 bytes\), http1\.te-and-cl$/m)
  assert.match(later!.join('\n'), /^detect smuggling \(smuggling\.te-and-cl\) at header\.TRANSFER-ENCODING: /m)
})

test('a flow by its ends, and by the id of its exchange: of equal ends in two VLANs only the one that is meant', async () => {
  const both = await tapwire(['read', '--explain', '10.0.0.2:80-10.0.0.1:40000', golden('vlan')])
  const lines = (await tapwire(['read', '--only', 'exchange', golden('vlan')])).lines<{ readonly id: string }>()
  assert.equal(lines.length, 2)
  const packets = blocks(both.stdout).length
  for (const { id } of lines) {
    const one = await tapwire(['read', '--explain', id, golden('vlan')])
    assert.equal(one.code, 0)
    assert.equal(blocks(one.stdout).length, packets / 2)
    assert.equal(one.stdout.match(/exchange 1: /g)?.length, 1)
  }
})

test('what is missing, and what nobody claims, is said', async () => {
  const lost = await tapwire(['read', '--explain', '10.0.0.1:40000', golden('lost-in-body')])
  assert.match(lost.stdout, /tcp +\d+ bytes are missing from 10\.0\.0\.2:80/)
  const tls = await tapwire(['read', '--explain', '10.0.0.1:40000', golden('tls')])
  assert.match(tls.stdout, /no protocol claims this connection: its bytes are unsupported/)
})

test('nothing of the kind, and what is no kind', async () => {
  const none = await tapwire(['read', '--explain', '999', golden('vlan')])
  assert.equal(none.code, 1)
  assert.match(none.stderr, /has nothing that --explain 999 names/)
  const wrong = await tapwire(['read', '--explain', 'x', golden('vlan')])
  assert.equal(wrong.code, 2)
  assert.match(wrong.stderr, /--explain: expected the number of a packet/)
  const two = await tapwire(['read', '--explain', '1', golden('vlan'), golden('tls')])
  assert.equal(two.code, 2)
})
