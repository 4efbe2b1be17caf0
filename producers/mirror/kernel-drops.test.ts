import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { describe, test } from 'node:test'
import { vxlan } from '#test/driver/frames.ts'
import { missing } from '#test/needs.ts'
import { localAddress, parseDrops } from './kernel-drops.ts'
import { openMirror } from './mirror.test-support.ts'

const TABLE = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
   91: 0100007F:12B5 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 51344 2 0000000000000000 17
  191: 0100007F:12B5 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 51345 2 0000000000000000 4
 1191: 00000000:12B5 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 51346 2 0000000000000000 100
`

describe('the table of sockets', () => {
  test('drops are those of our sockets at that address', () => {
    assert.equal(parseDrops(TABLE, '0100007F:12B5', new Set(['51344', '51346'])), 17)
    assert.equal(parseDrops(TABLE, '0100007F:12B5', new Set()), 0)
    assert.equal(parseDrops('', '0100007F:12B5', new Set(['51344'])), 0)
    assert.equal(parseDrops('header\ngarbage\n', '0100007F:12B5', new Set(['51344'])), 0)
  })

  test('addresses are written as the kernel writes them', () => {
    assert.equal(localAddress('127.0.0.1', 4789), '0100007F:12B5')
    assert.equal(localAddress('0.0.0.0', 80), '00000000:0050')
    assert.equal(localAddress('::1', 6081), '00000000000000000000000001000000:17C1')
  })
})

/** Sends so many datagrams at once, in a process of its own: nobody here can read meanwhile. */
function flood(port: number, count: number, datagram: Uint8Array): void {
  const script = `
    const socket = require('node:dgram').createSocket('udp4')
    const bytes = Buffer.from('${Buffer.from(datagram).toString('hex')}', 'hex')
    let left = ${count}
    const next = () => left-- > 0 ? socket.send(bytes, ${port}, '127.0.0.1', next) : socket.close()
    next()`
  assert.equal(spawnSync(process.execPath, ['-e', script]).status, 0)
}

test('what the kernel drops is counted: sent = received + dropped', async t => {
  if (!existsSync('/proc/net/udp')) return void missing(t, 'no /proc/net/udp on this system')
  await using mirror = await openMirror({ encapsulation: 'vxlan', bufferBytes: 65_536 })
  const datagram = vxlan(7, new Uint8Array(1000))
  const sent = 500
  flood(mirror.port, sent, datagram)
  const { signal } = new AbortController()
  let received = 0
  // The count is refreshed once a second.
  while (received + mirror.stats()['drops.kernel']! < sent) {
    await mirror.read(signal)
    received = mirror.stats()['packets']!
  }
  assert.equal(received + mirror.stats()['drops.kernel']!, sent)
  assert.ok(received > 0 && received < sent, `${received} received`)
})
