import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { networkInterfaces } from 'node:os'
import { describe, test } from 'node:test'
import { ethernet, ipv4, ipv6, join, tcp, tcpFrame, text, udp, vlan, vxlan } from '#test/driver/frames.ts'
import { missing, needs } from '#test/needs.ts'
import spec from './index.ts'
import { bytesOf, geneve, mirrored, openMirror, readUntil, Seen, send } from './mirror.test-support.ts'

const frame = (payload: string, fields: Parameters<typeof tcpFrame>[0] = {}): Uint8Array =>
  tcpFrame(fields, text(payload))
const nested = (vni: number, payload: string): Uint8Array =>
  ipv4({ protocol: 17 }, udp(40_000, 4789, vxlan(vni, frame(payload))))

/** Every byte has one fate: payload that is in segments is `inspected` here. */
function assertExact({ ledger }: Seen, datagrams: readonly Uint8Array[]): void {
  assert.equal(ledger.get('captured'), bytesOf(datagrams))
  assert.equal(ledger.pending, 0)
}

describe('VXLAN', () => {
  test('packets come out of it, with the VNI in their identity', async () => {
    const datagrams = [
      vxlan(7, frame('one')),
      vxlan(8, ethernet(0x8100, vlan(42, 0x0800, ipv4({}, tcp({}, text('two')))))),
    ]
    const { seen } = await mirrored({ encapsulation: 'vxlan' }, datagrams)
    const found = seen.payloads.map((payload, i) => [payload, seen.encapsulations[i]])
    assert.deepEqual(
      new Map(found as [string, unknown][]),
      new Map<string, unknown>([
        ['one', [{ type: 'vxlan', vni: 7 }]],
        [
          'two',
          [
            { type: 'vxlan', vni: 8 },
            { type: 'vlan', id: 42 },
          ],
        ],
      ]),
    )
    assertExact(seen, datagrams)
    assert.equal(seen.ledger.get('framing'), bytesOf(datagrams) - 6)
    assert.equal(seen.ends, 0)
  })

  test('other VNIs are left out', async () => {
    const datagrams = [vxlan(7, frame('one')), vxlan(8, frame('two')), vxlan(9, frame('three'))]
    const { seen, stats } = await mirrored({ encapsulation: 'vxlan', vnis: [8] }, datagrams)
    assert.deepEqual(seen.payloads, ['two'])
    assert.equal(stats['filtered.vni'], 2)
    assert.equal(seen.ledger.get('filtered'), datagrams[0]!.length + datagrams[2]!.length)
    assertExact(seen, datagrams)
  })

  test('VNIs that are left out', async () => {
    const datagrams = [7, 8, 9].map(vni => vxlan(vni, frame(`vni ${vni}`)))
    const { seen, stats } = await mirrored({ encapsulation: 'vxlan', exceptVnis: [8] }, datagrams)
    assert.deepEqual(seen.payloads.toSorted(), ['vni 7', 'vni 9'])
    assert.equal(stats['filtered.vni'], 1)
    assertExact(seen, datagrams)
    const others = await mirrored({ encapsulation: 'vxlan', vnis: [7, 8], exceptVnis: [8] }, datagrams)
    assert.deepEqual(others.seen.payloads, ['vni 7'])
  })

  test('what is no VXLAN is damaged or unsupported, whatever the VNIs', async () => {
    const noVni = vxlan(7, frame('x')).with(0, 0)
    const datagrams = [
      new Uint8Array(3),
      noVni,
      vxlan(8, new Uint8Array(5)),
      vxlan(8, new Uint8Array(0)),
      new Uint8Array(0),
    ]
    const { seen, stats } = await mirrored({ encapsulation: 'vxlan', vnis: [8] }, datagrams)
    assert.deepEqual(seen.payloads, [])
    assertExact(seen, datagrams)
    assert.equal(seen.ledger.get('unsupported'), noVni.length)
    assert.equal(stats['damaged.vxlan-cut'], 2)
    assert.equal(stats['damaged.ethernet-cut'], 2)
  })
})

describe('Geneve', () => {
  const geneveFrame = (vni: number, payload: string, options?: Uint8Array): Uint8Array =>
    geneve(vni, 0x6558, frame(payload), options)

  test('Ethernet and IP inside, options are skipped', async () => {
    const options = join([0x01, 0x08, 1, 2], new Uint8Array(8), [0x01, 0x08, 0x83, 1], new Uint8Array(4))
    const datagrams = [
      geneveFrame(7, 'bare'),
      geneveFrame(7, 'options', options),
      geneve(7, 0x0800, ipv4({}, tcp({}, text('ipv4'))), options),
      geneve(7, 0x86dd, ipv6({}, tcp({}, text('ipv6')))),
    ]
    const { seen } = await mirrored({ encapsulation: 'geneve' }, datagrams)
    assert.deepEqual(seen.payloads.toSorted(), ['bare', 'ipv4', 'ipv6', 'options'])
    for (const encapsulation of seen.encapsulations) assert.deepEqual(encapsulation, [{ type: 'geneve', vni: 7 }])
    assertExact(seen, datagrams)
  })

  test('VXLAN inside it is found by itself, and has VNIs of its own', async () => {
    const datagrams = [
      geneve(1, 0x0800, nested(7, 'seven')),
      geneve(1, 0x0800, nested(8, 'eight')),
      geneve(1, 0x6558, ethernet(0x8100, vlan(5, 0x0800, nested(7, 'in a VLAN')))),
      geneveFrame(1, 'not nested'),
      geneve(2, 0x0800, nested(7, 'other outer')),
    ]
    const { seen, stats } = await mirrored({ encapsulation: 'geneve', vnis: [1], innerVnis: [7] }, datagrams)
    assert.deepEqual(seen.payloads.toSorted(), ['in a VLAN', 'seven'])
    assert.deepEqual([stats['filtered.vni'], stats['filtered.inner-vni']], [1, 2])
    assert.deepEqual(seen.encapsulations[seen.payloads.indexOf('seven')], [
      { type: 'geneve', vni: 1 },
      { type: 'vxlan', vni: 7 },
    ])
    assertExact(seen, datagrams)
  })

  test('a wrong version and options beyond the end are no packets', async () => {
    const datagrams = [
      geneveFrame(7, 'x').with(0, 0x40),
      geneve(7, 0x0800, new Uint8Array(0)).with(0, 0x3f),
      new Uint8Array(7),
    ]
    const { seen, stats } = await mirrored({ encapsulation: 'geneve' }, datagrams)
    assertExact(seen, datagrams)
    assert.equal(seen.ledger.get('unsupported'), datagrams[0]!.length)
    assert.equal(stats['damaged.geneve-cut'], 2)
  })
})

describe('the filter', () => {
  test('looks at the innermost Ethernet frame', async t => {
    if (!needs(t, 'tcpdump')) return
    const datagrams = [
      geneve(1, 0x6558, frame('eighty', { to: 80 })),
      geneve(1, 0x6558, frame('other', { to: 81 })),
      geneve(1, 0x0800, nested(7, 'inside')),
      geneve(1, 0x0800, ipv4({}, tcp({ to: 80 }, text('no Ethernet')))),
      geneve(1, 0x0800, ipv4({}, tcp({ to: 81 }, text('no Ethernet, other port')))),
    ]
    const { seen, stats } = await mirrored({ encapsulation: 'geneve', filter: 'tcp port 80 and not vlan' }, datagrams)
    assert.deepEqual(seen.payloads.toSorted(), ['eighty', 'inside', 'no Ethernet'])
    assert.equal(stats['filtered.filter'], 2)
    assertExact(seen, datagrams)
  })

  test('a wrong one stops the start, in the words of tcpdump', async t => {
    if (!needs(t, 'tcpdump')) return
    await assert.rejects(openMirror({ encapsulation: 'vxlan', filter: 'tcp prot 80' }), {
      name: 'Usage',
      message: /filter "tcp prot 80": .*syntax error/,
    })
  })
})

test('only the named networks may send', async () => {
  await using mirror = await openMirror({ encapsulation: 'vxlan', sources: ['127.0.0.2/31'] })
  const datagram = vxlan(7, frame('x'))
  await send(mirror.port, [datagram, datagram], '127.0.0.1')
  await send(mirror.port, [datagram], '127.0.0.3')
  const seen = await readUntil(mirror, 3 * datagram.length)
  assert.equal(seen.payloads.length, 1)
  assert.equal(mirror.stats()['filtered.source'], 2)
  assertExact(seen, [datagram, datagram, datagram])
})

test('on all addresses of both families, IPv4 senders keep their address', async t => {
  if (networkInterfaces()['lo']?.some(({ family }) => family === 'IPv6') !== true)
    return void missing(t, 'no IPv6 here')
  await using mirror = await openMirror({ encapsulation: 'vxlan', listen: '[::]:0', sources: ['127.0.0.3'] })
  const datagram = vxlan(7, frame('x'))
  await send(mirror.port, [datagram], '127.0.0.3')
  await send(mirror.port, [datagram], '127.0.0.4')
  const seen = await readUntil(mirror, 2 * datagram.length)
  assert.equal(seen.payloads.length, 1)
  assertExact(seen, [datagram, datagram])
})

test('packets that the mirror cut off are damaged, or short of bytes when the configuration says so', async () => {
  const cut = [vxlan(7, frame('a'.repeat(200))).subarray(0, 100), vxlan(7, frame('whole'))]
  const damaged = await mirrored({ encapsulation: 'vxlan' }, cut)
  assert.deepEqual(damaged.seen.payloads, ['whole'])
  assert.equal(damaged.stats['damaged.ipv4-length'], 1)
  const truncated = await mirrored({ encapsulation: 'vxlan', truncated: true }, cut)
  assert.deepEqual(truncated.seen.payloads.toSorted(), ['a'.repeat(38), 'whole'])
  assertExact(truncated.seen, cut)
})

test('every partition ticks without traffic', async () => {
  await using mirror = await openMirror({ encapsulation: 'vxlan' })
  const seen = new Seen()
  seen.add((await mirror.read(new AbortController().signal))!)
  assert.deepEqual([seen.ticks, seen.payloads], [2, []])
})

test('when it is stopped, what has come so far is given out, and no flow is ended', async () => {
  await using mirror = await openMirror({ encapsulation: 'vxlan', delayMs: 1000 })
  const stop = new AbortController()
  const reading = mirror.read(stop.signal)
  const datagram = vxlan(7, frame('last'))
  await send(mirror.port, [datagram])
  while (mirror.progress().done === 0) await new Promise(resolve => setImmediate(resolve))
  stop.abort()
  const seen = new Seen()
  seen.add((await reading)!)
  assert.deepEqual([seen.payloads, seen.ends], [['last'], 0])
  await assert.rejects(mirror.read(stop.signal), { name: 'AbortError' })
})

test('after a restart, numbers and time go on', async () => {
  const datagram = vxlan(7, frame('x'))
  const time = Date.now() * 1000
  await using mirror = await openMirror({ encapsulation: 'vxlan' }, { position: { packets: 41, time: time + 60e6 } })
  await send(mirror.port, [datagram])
  const { signal } = new AbortController()
  let captured = await mirror.read(signal)
  while (mirror.progress().done === 0) captured = await mirror.read(signal)
  assert.deepEqual(captured?.position, { packets: 42, time: time + 60e6 })
})

test('a port that is taken is an error that says so', async () => {
  const other = createSocket('udp4')
  await new Promise<void>(resolve => other.bind(0, '127.0.0.1', resolve))
  const listen = `127.0.0.1:${other.address().port}`
  await assert.rejects(openMirror({ encapsulation: 'vxlan', listen }), {
    name: 'Usage',
    message: /^cannot listen on 127\.0\.0\.1 port \d+: another program listens there$/,
  })
  await assert.rejects(openMirror({ encapsulation: 'vxlan', listen: '192.0.2.1:4789' }), /has no such address/)
  other.close()
})

describe('configuration', () => {
  const problem = (config: object): string => spec.config.safeParse(config).error?.issues[0]?.message ?? 'taken'
  const warnings = (config: object): readonly string[] => spec.warnings(spec.config.parse(config))

  test('it listens nowhere unless told', () => {
    assert.match(problem({ encapsulation: 'vxlan' }), /expected string/)
    assert.match(problem({ encapsulation: 'vxlan', listen: 'localhost:4789' }), /expected an address and a port/)
    assert.equal(problem({ encapsulation: 'vxlan', listen: '[::1]:4789' }), 'taken')
  })

  test('VNIs inside are for Geneve', () => {
    assert.match(
      problem({ encapsulation: 'vxlan', listen: '127.0.0.1:4789', innerVnis: [1] }),
      /innerVnis is for geneve/,
    )
    assert.match(problem({ encapsulation: 'geneve', listen: '127.0.0.1:6081', vnis: [0x1000000] }), /16777215/)
  })

  test('listening to everybody is warned of', () => {
    const open = { encapsulation: 'vxlan', listen: '0.0.0.0:4789', bufferBytes: 65_536 }
    assert.match(warnings(open)[0]!, /whoever can reach 0\.0\.0\.0:4789/)
    assert.deepEqual(warnings({ ...open, sources: ['10.0.0.0/8'] }), [])
    assert.deepEqual(warnings({ ...open, listen: '127.0.0.1:4789' }), [])
  })
})
