import assert from 'node:assert/strict'
import { BlockList } from 'node:net'
import { describe, test } from 'node:test'
import { canonicalAddress } from '#schemas/config/address.ts'
import { address, CidrSet, cidr, formatCidr, parseCidr } from '#schemas/config/net.ts'
import { mulberry32 } from '#test/driver/random.ts'

describe('addresses', () => {
  const cases: readonly (readonly [string, string | null])[] = [
    ['10.0.0.1', '10.0.0.1'],
    ['255.255.255.255', '255.255.255.255'],
    ['010.0.0.1', null],
    ['256.0.0.1', null],
    ['1.2.3', null],
    ['1.2.3.4.5', null],
    ['1.2.3.4 ', null],
    ['', null],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['1:2:3:4:5:6:1.2.3.4', '1:2:3:4:5:6:102:304'],
    ['1:2:3:4:5:6:7:1.2.3.4', null],
    ['1:2:3:4:5:6:7:8::', null],
    ['1:2:3:4:5:6:7:8:9', null],
    ['1:2:3:4:5:6:7', null],
    ['1::2::3', null],
    [':::', null],
    [':1::', null],
    ['1:', null],
    ['12345::', null],
    ['fe80::1%eth0', null],
    ['[::1]', null],
    ['::1.2.3', null],
    [`${'0'.repeat(5000)}::`, null],
  ]
  for (const [text, want] of cases) {
    test(`${JSON.stringify(text.slice(0, 40))} is ${want}`, () => assert.equal(canonicalAddress(text), want))
  }
})

describe('blocks', () => {
  test('one spelling', () => {
    for (const [text, want] of [
      ['10.0.0.0/8', '10.0.0.0/8'],
      ['10.1.2.3', '10.1.2.3/32'],
      ['0.0.0.0/0', '0.0.0.0/0'],
      ['2001:DB8::/32', '2001:db8::/32'],
      ['::ffff:10.0.0.0/104', '10.0.0.0/8'],
      ['::1', '::1/128'],
    ] as const) {
      const block = parseCidr(text)
      assert.ok(!('problem' in block), text)
      assert.equal(formatCidr(block), want)
    }
  })

  test('a bad one says what is wrong', () => {
    for (const [text, problem] of [
      ['10.0.0.0/33', 'prefix length "33" is not a whole number from 0 to 32'],
      ['10.0.0.0/', 'prefix length "" is not a whole number from 0 to 32'],
      ['10.0.0.0/08', 'prefix length "08" is not a whole number from 0 to 32'],
      ['::/129', 'prefix length "129" is not a whole number from 0 to 128'],
      ['10.0.0.300/8', '"10.0.0.300" is not an IPv4 or IPv6 address'],
      ['10.1.2.3/8', 'bits are set beyond the prefix: write 10.0.0.0/8'],
      ['2001:db8:ffff::/33', 'bits are set beyond the prefix: write 2001:db8:8000::/33'],
      ['::ffff:10.0.0.0/8', 'an IPv4-mapped block needs a prefix length from 96 to 128, not 8'],
    ] as const) {
      assert.deepEqual(parseCidr(text), { problem })
    }
  })

  test('zod types give canonical text and the reason', () => {
    assert.equal(cidr().parse('2001:DB8::/32'), '2001:db8::/32')
    assert.equal(address().parse('::FFFF:1.2.3.4'), '1.2.3.4')
    const refused = cidr().safeParse('10.1.2.3/8')
    assert.equal(
      refused.error?.issues[0]?.message,
      'bad CIDR "10.1.2.3/8": bits are set beyond the prefix: write 10.0.0.0/8',
    )
    assert.equal(address().safeParse('local').error?.issues[0]?.message, '"local" is not an IPv4 or IPv6 address')
  })
})

describe('CidrSet', () => {
  test('nested, single, mapped and both families', () => {
    const set = new CidrSet(['10.0.0.0/8', '10.1.0.0/16', '192.0.2.1', '2001:db8::/33', '::1'])
    for (const ip of ['10.0.0.0', '10.255.255.255', '::ffff:10.9.9.9', '192.0.2.1', '2001:db8:7fff::1', '::1']) {
      assert.equal(set.has(ip), true, ip)
    }
    for (const ip of ['9.255.255.255', '11.0.0.0', '192.0.2.2', '2001:db8:8000::', '::', '::2', 'nonsense', '']) {
      assert.equal(set.has(ip), false, ip)
    }
  })

  test('the empty set holds nothing, /0 one family', () => {
    assert.equal(new CidrSet([]).has('1.2.3.4'), false)
    assert.equal(new CidrSet(['::/0']).has('1.2.3.4'), false)
    assert.equal(new CidrSet(['::/0']).has('ffff::'), true)
    assert.equal(new CidrSet(['0.0.0.0/0']).has('255.255.255.255'), true)
  })

  test('agrees with node:net BlockList', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = mulberry32(seed)
      // Few distinct values per octet, so that blocks nest and addresses hit.
      const octet = () => [0, 1, 127, 128, 255][Math.floor(random() * 5)]!
      const group = () => [0, 1, 0x8000, 0xffff][Math.floor(random() * 4)]!
      const some = () =>
        random() < 0.5
          ? Array.from({ length: 4 }, octet).join('.')
          : `2001:${Array.from({ length: 7 }, () => group().toString(16)).join(':')}`
      const oracle = new BlockList()
      const blocks = Array.from({ length: 30 }, () => {
        const ip = some()
        const family = ip.includes(':') ? 'ipv6' : 'ipv4'
        // From 3 on: BlockList counts IPv4-mapped addresses as members of ::/1, CidrSet keeps the families apart.
        const bits = 3 + Math.floor(random() * (family === 'ipv6' ? 126 : 30))
        oracle.addSubnet(ip, bits, family)
        const block = parseCidr(`${ip}/${bits}`)
        // A block with stray bits comes with the corrected one in its message.
        return 'problem' in block ? block.problem.slice(block.problem.lastIndexOf(' ') + 1) : formatCidr(block)
      })
      const set = new CidrSet(blocks)
      for (let i = 0; i < 300; i++) {
        const ip = some()
        assert.equal(
          set.has(ip),
          oracle.check(ip, ip.includes(':') ? 'ipv6' : 'ipv4'),
          `seed ${seed}: ${ip} in ${blocks}`,
        )
      }
    }
  })
})
