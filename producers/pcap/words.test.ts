/** What engines say, and what is made of it. */
import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { OPTIONS } from './fake.test-support.ts'
import { refusalOf } from './refusal.ts'
import { Said } from './said.ts'

async function said(...lines: readonly string[]): Promise<Said> {
  const stderr = new PassThrough()
  const heard = new Said(stderr)
  stderr.end(lines.map(line => `${line}\n`).join(''))
  while (!stderr.readableEnded) await turn()
  return heard
}

describe('said', () => {
  test('tcpdump on SIGUSR1, and at its end', async () => {
    const asked = await said('tcpdump: 9 packets captured, 11 packets received by filter, 2 packets dropped by kernel')
    assert.deepEqual([asked.received, asked.dropped, asked.last], [11, 2, ''])
    const over = await said('1 packet captured', '1 packet received by filter', '0 packets dropped by kernel')
    assert.deepEqual([over.received, over.dropped, over.last], [1, 0, ''])
  })

  test('that it listens', async () => {
    await (await said('tcpdump: listening on lo, link-type EN10MB (Ethernet), snapshot length 262144 bytes')).listening
  })

  test('its last words, bounded', async () => {
    const { last } = await said('Warning: no address', 'tcpdump: no', ...Array(9).fill('x'.repeat(9999)))
    assert.equal(last, Array(5).fill('x'.repeat(500)).join('; '))
  })
})

describe('refusals say what to do', () => {
  const cases: readonly (readonly [words: string, name: string, says: RegExp, options?: object])[] = [
    ['eth9: No such device exists', 'Usage', /eth9 does not exist .* there are .*any/],
    ['socket: Operation not permitted', 'Refused', /CAP_NET_RAW: run as root, .* setcap cap_net_raw\+ep \/bin\/x/],
    ["You don't have permission to perform this capture", 'Refused', /CAP_NET_RAW/],
    ["can't parse filter expression: syntax error", 'Usage', /filter "tcp prot": can't parse/, { filter: 'tcp prot' }],
    ['no cap: it is not installed', 'Refused', /npm run setup builds it/],
    ['spawn tcpdump ENOENT', 'Refused', /apt-get install tcpdump/, { engine: 'tcpdump' }],
    ['something new', 'Usage', /cannot capture from eth9: something new/],
  ]
  for (const [words, name, says, options] of cases) {
    test(words, () => {
      const { message, ...error } = refusalOf({ ...OPTIONS, ...options }, '/bin/x', words)
      assert.equal(error.name, name)
      assert.match(message, says)
    })
  }
})
