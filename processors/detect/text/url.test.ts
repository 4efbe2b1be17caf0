/** Hosts as the URL Standard reads them; where Node's own parser agrees, it is the oracle. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { mulberry32 } from '#test/driver/random.ts'
import { ipv4Of } from './ipv4.ts'
import { type Reach, reachOf } from './reach.ts'
import { addressOf, urlOf } from './url.ts'

const HOSTS: Readonly<Record<string, readonly [host: string, reach: Reach | null]>> = {
  'http://127.0.0.1/': ['127.0.0.1', 'loopback'],
  'http://127.1': ['127.1', 'loopback'],
  'http://0': ['0', 'loopback'],
  'http://0x7f.1': ['0x7f.1', 'loopback'],
  'http://0177.0.0.1': ['0177.0.0.1', 'loopback'],
  'http://2130706433': ['2130706433', 'loopback'],
  'http://0x7f000001/': ['0x7f000001', 'loopback'],
  'http://2852039166/latest': ['2852039166', 'metadata'],
  'http://425.510.425.510/': ['425.510.425.510', 'metadata'],
  'http://0xA9.0xFE.0xA9.0xFE': ['0xa9.0xfe.0xa9.0xfe', 'metadata'],
  'http://0251.0376.0251.0376': ['0251.0376.0251.0376', 'metadata'],
  'http://169.254.43518/': ['169.254.43518', 'metadata'],
  'http://[::1]:80/': ['[::1]', 'loopback'],
  'http://[::]': ['[::]', 'loopback'],
  'http://[0:0:0:0:0:ffff:127.0.0.1]/': ['[0:0:0:0:0:ffff:127.0.0.1]', 'loopback'],
  'http://[::ffff:a9fe:a9fe]': ['[::ffff:a9fe:a9fe]', 'metadata'],
  'http://[fd00:ec2::254]/': ['[fd00:ec2::254]', 'metadata'],
  'http://[fe80::1%25eth0]/': ['[fe80::1%eth0]', 'private'],
  'http://[2001:db8::1]/': ['[2001:db8::1]', 'public'],
  'http://①②⑦.⓪.⓪.①/': ['127.0.0.1', 'loopback'],
  'http://127。0。0。1/': ['127.0.0.1', 'loopback'],
  'http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/': ['localhost', null],
  'http://%6c%6f%63alhost/': ['localhost', null],
  'http:\\\\10.0.0.1\\x': ['10.0.0.1', 'private'],
  'http:/10.0.0.1': ['10.0.0.1', 'private'],
  'http:10.0.0.1': ['10.0.0.1', 'private'],
  'ht\ntp://10.0.\t0.1': ['10.0.0.1', 'private'],
  'https://shop.example@evil.example/': ['evil.example', null],
  'https://a:b@c@evil.example:8443/': ['evil.example', null],
  'https://evil.example\\@shop.example/': ['evil.example', null],
  'https://evil.example#@shop.example/': ['evil.example', null],
  '//evil.example/x': ['evil.example', null],
  '/\\evil.example': ['evil.example', null],
  ' \\\\evil.example': ['evil.example', null],
  'gopher://127.0.0.1:6379/_INFO': ['127.0.0.1', 'loopback'],
  'http://172.16.3.4': ['172.16.3.4', 'private'],
  'http://172.32.3.4': ['172.32.3.4', 'public'],
  'http://8.8.8.8/': ['8.8.8.8', 'public'],
  'http://EXAMPLE.com./': ['example.com', null],
  'http://1.2.3.4.example/': ['1.2.3.4.example', null],
}

const NONE = [
  '',
  '/',
  '/path',
  'text',
  'mailto:anna@shop.example',
  'a:b',
  'c:\\windows',
  'javascript:alert(1)',
  'jar:http://x',
]

describe('URLs', () => {
  test('have the host that is asked, wherever it leads', () => {
    for (const [text, [host, reach]] of Object.entries(HOSTS)) {
      const url = urlOf(text)
      assert.equal(url?.host, host, text)
      const address = addressOf(url!)
      assert.equal(address === null ? null : reachOf(address), reach, text)
    }
  })

  test('are what has a host', () => {
    for (const text of NONE) assert.equal(urlOf(text), null, text)
  })

  test('have userinfo, port and the rest as sent', () => {
    const url = urlOf('HTTPS://anna:secret@shop.example:8443/a?b#c')
    assert.deepEqual(
      [url?.scheme, url?.userinfo, url?.port, url?.rest, url?.gaps],
      ['https', 'anna:secret', '8443', '/a?b#c', false],
    )
    assert.equal(urlOf('ht\ttp://x/')?.gaps, true)
    assert.equal(urlOf('http:\\/x')?.slashes, '\\/')
  })

  test('plain addresses are told from disguised ones', () => {
    const plain = (text: string) => addressOf(urlOf(text)!)?.plain
    assert.equal(plain('http://10.1.2.3/'), true)
    assert.equal(plain('http://[2001:db8::1]/'), true)
    for (const text of [
      'http://10.1.515/',
      'http://010.1.2.3',
      'http://１0.1.2.3',
      'http://[::ffff:10.1.2.3]',
      'http://266.1.2.3',
    ])
      assert.equal(plain(text), false, text)
  })

  test('IPv4 numbers are read as by the URL parser of Node', () => {
    const digits = ['0', '1', '7', '8', '255', '256', '0x', '0xff', '0377', '08', '65535', '16777215', '4294967296', '']
    let read = 0
    for (let seed = 1; seed <= 2000; seed++) {
      const random = mulberry32(seed)
      const parts = Array.from(
        { length: 1 + Math.floor(random() * 5) },
        () => digits[Math.floor(random() * digits.length)]!,
      )
      const host = parts.join('.')
      let oracle: string | null
      try {
        const { hostname } = new URL(`http://${host}/`)
        oracle = /^\d+(?:\.\d+){3}$/.test(hostname) ? hostname : null
      } catch {
        oracle = null
      }
      const ours = ipv4Of(host)
      if (ours !== null) read++
      const dotted = ours && [24, 16, 8, 0].map(shift => Math.floor(ours.value / 2 ** shift) % 256).join('.')
      assert.equal(dotted, host === '' ? null : oracle, `seed ${seed}: ${host}`)
    }
    assert.ok(read > 200, `only ${read} read`)
  })
})
