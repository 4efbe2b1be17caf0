/** What may be configured, and how engines are called for it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { livePosition } from '#schemas/wire/live-position.ts'
import { commandOf } from './command.ts'
import { OPTIONS } from './fake.test-support.ts'
import spec from './index.ts'

describe('configuration', () => {
  const accepted: readonly object[] = [
    { interface: 'eth0.100' },
    { interface: 'any', promiscuous: false },
    { interface: 'eth0', promiscuous: false, engine: 'tcpdump' },
    { interface: 'br-0a1b2c', filter: 'tcp port 80 or (vlan and tcp port 80)', snapLength: 256 },
  ]
  for (const options of accepted) {
    test(JSON.stringify(options), () => assert.ok(spec.config.safeParse(options).success))
  }

  const refused: readonly (readonly [object, RegExp])[] = [
    [{ interface: 'eth0', promiscuous: false }, /engine: tcpdump/],
    [{ interface: '-r' }, /ip link/],
    [{ interface: '../x' }, /ip link/],
    [{ interface: 'eth0', snapLength: 1_000_000 }, /262144/],
    [{ interface: 'eth0', bufferBytes: 2 ** 31 }, /2146435072/],
  ]
  for (const [options, why] of refused) {
    test(`not ${JSON.stringify(options)}`, () => assert.match(`${spec.config.safeParse(options).error}`, why))
  }
})

describe('engines are called', () => {
  test('tcpdump: a filter is never an option', () => {
    const { args, asked } = commandOf({ ...OPTIONS, engine: 'tcpdump', promiscuous: false, filter: '-r /etc/passwd' })
    const words = ['-i', 'eth9', '-s', '65535', '-B', '1024', '-U', '-w', '-', '-p', '--', '-r /etc/passwd']
    assert.deepEqual([args, asked], [words, true])
  })

  test('cap: in a Node of its own, which gets only what it needs', () => {
    const { program, args } = commandOf({ ...OPTIONS, filter: 'tcp' })
    assert.equal(program, process.execPath)
    const options = { interface: 'eth9', filter: 'tcp', snapLength: 65_535, bufferBytes: 1024 ** 2 }
    assert.deepEqual(JSON.parse(args[1]!), options)
  })
})

test('a position of another version starts over', () => {
  assert.deepEqual(livePosition({ packets: 7, time: 8 }), { packets: 7, time: 8 })
  for (const plain of [null, { packets: -1, time: 0 }, { offset: 3 }]) {
    assert.deepEqual(livePosition(plain), { packets: 0, time: 0 })
  }
})
