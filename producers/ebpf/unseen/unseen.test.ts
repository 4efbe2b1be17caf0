import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { Elf } from './elf.ts'
import { lookAtProcesses } from './processes.ts'
import { tlsStackOf } from './tls-stack.ts'

const folder = mkdtempSync(join(tmpdir(), 'tapwire-elf-'))
after(() => rmSync(folder, { recursive: true }))

type Sections = Readonly<Record<string, string>>

/** An executable with these sections. */
function elf(sections: Sections): Buffer {
  const names = ['', ...Object.keys(sections), '.shstrtab']
  const contents = ['', ...Object.values(sections), names.map(name => `${name}\0`).join('')]
  const header = Buffer.alloc(64)
  Buffer.from('7f454c46020101', 'hex').copy(header)
  header.writeUInt16LE(64, 58)
  header.writeUInt16LE(names.length, 60)
  header.writeUInt16LE(names.length - 1, 62)
  const table = Buffer.alloc(64 * names.length)
  const bodies: Buffer[] = []
  let at = 64
  let name = 0
  for (const [i, content] of contents.entries()) {
    const body = Buffer.from(content, 'latin1')
    table.writeUInt32LE(name, i * 64)
    table.writeBigUInt64LE(BigInt(at), i * 64 + 24)
    table.writeBigUInt64LE(BigInt(body.length), i * 64 + 32)
    bodies.push(body)
    at += body.length
    name += names[i]!.length + 1
  }
  header.writeBigUInt64LE(BigInt(at), 40)
  return Buffer.concat([header, ...bodies, table])
}

function write(name: string, bytes: Uint8Array): string {
  writeFileSync(join(folder, name), bytes)
  return join(folder, name)
}

describe('an executable', () => {
  test('its sections, symbols and constants', () => {
    const long = 'x'.repeat(1024 ** 2 - 5)
    const bytes = elf({
      '.text': '',
      '.dynstr': '\0SSL_read\0',
      '.strtab': `\0${long}\0SSL_write\0`,
      '.rodata': 'rustls-0.23',
    })
    using file = Elf.open(write('whole', bytes))!
    assert.equal(file.has('.text'), true)
    assert.equal(file.has('.data'), false)
    assert.equal(file.names('SSL_read'), true)
    assert.equal(file.names('SSL_write'), true, 'over the edge of a piece')
    assert.equal(file.names('SSL'), false, 'whole names only')
    assert.equal(file.says('rustls'), true)
  })

  const whole = elf({ '.text': 'abc' })
  const far = Buffer.from(whole)
  far.writeBigUInt64LE(2n ** 40n, 40)
  for (const [what, bytes] of [
    ['empty', Buffer.alloc(0)],
    ['a script', Buffer.from(`#!/bin/sh\n${' '.repeat(100)}`)],
    ['cut off', whole.subarray(0, whole.length - 1)],
    ['with its table elsewhere', far],
  ] as const) {
    test(`none: ${what}`, () => assert.equal(Elf.open(write('bad', bytes)), null))
  }

  test('none: not there', () => assert.equal(Elf.open(join(folder, 'nothing')), null))
})

const CASES: readonly (readonly [
  mapped: readonly string[],
  sections: Sections,
  library: string | null,
  seen: boolean,
])[] = [
  [['libc.so.6', 'libssl.so.3'], {}, 'OpenSSL 3', true],
  [['libssl.so.1.1'], {}, 'OpenSSL 1.1', true],
  [['libgnutls.so.30', 'libssl.so.3'], {}, 'OpenSSL 3', true],
  [[], { '.strtab': '\0SSL_read\0SSL_write\0' }, 'OpenSSL, inside of the executable', true],
  [[], { '.strtab': '\0SSL_read\0' }, null, true],
  [['libc.so.6'], { '.go.buildinfo': 'x', '.rodata': 'OpenSSL 3.0' }, 'Go (crypto/tls)', false],
  [['libjvm.so'], {}, 'Java (JSSE)', false],
  [['libgnutls.so.30.34.3'], {}, 'GnuTLS', false],
  [[], { '.rodata': 'compiled with BoringSSL' }, 'BoringSSL, stripped', false],
  [[], { '.rodata': 'OpenSSL 3.0.2 15 Mar 2022' }, 'OpenSSL 3, stripped', false],
  [[], { '.rodata': '/registry/src/rustls-0.23.5/src/conn.rs' }, 'rustls', false],
  [['libc.so.6'], { '.rodata': 'nothing of the kind' }, null, true],
]

describe('by which library', () => {
  for (const [i, [mapped, sections, library, seen]] of CASES.entries()) {
    test(`${[...mapped, ...Object.keys(sections)].join(' ')}: ${library}`, () => {
      using executable = Elf.open(write(`case${i}`, elf(sections)))
      const found = tlsStackOf(new Set(mapped), executable)
      assert.equal(found?.library ?? null, library)
      assert.equal(found === null || found.unseen === null, seen)
      if (!seen) assert.match(found!.unseen!, /: mirror where/)
    })
  }
})

test('this process has a socket, and OpenSSL inside', async t => {
  const server = createServer().listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const { seen } = lookAtProcesses()
  const own = seen.find(({ pid }) => pid === process.pid)
  assert.equal(own?.executable, process.execPath)
  assert.deepEqual(own.tls, { library: 'OpenSSL, inside of the executable', unseen: null })
})
