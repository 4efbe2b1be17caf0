import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fits, take } from '../../testdata/decode.ts'
import base64 from './index.ts'

const encoded = (text: string | Uint8Array) => Buffer.from(text).toString('base64')
const values = (text: string) => (fits(base64, text) ? take(base64, text).values : [])

describe('a whole value', () => {
  test('padded or not, in either alphabet, in lines', () => {
    const text = 'ab?cd?ef?gh>i'
    const padded = encoded(text)
    assert.ok(padded.includes('/') && padded.endsWith('='), padded)
    for (const one of [padded, padded.replace(/=+$/, ''), Buffer.from(text).toString('base64url'), `${padded}\n`]) {
      assert.deepEqual(values(one), [['base64', text]], one)
    }
    assert.deepEqual(values(padded.replaceAll(/.{16}/g, '$&\r\n')), [['base64', text]])
  })

  test('of UTF-8, of UTF-16, with zeros', () => {
    for (const text of ['Über den Wolken', 'Ünïcödé wörks', '..\0/..\0/etc/passwd', '日本語のテキスト']) {
      assert.deepEqual(values(encoded(text)), [['base64', text]])
    }
    assert.deepEqual(values(encoded(Buffer.from('IEX (New-Object)', 'utf16le'))), [['base64', 'IEX (New-Object)']])
  })

  test('seven bytes are enough, six are not', () => {
    assert.deepEqual(values(encoded('1234567')), [['base64', '1234567']])
    assert.deepEqual(values(encoded('123456')), [])
  })

  test('what is binary stays as it is', () => {
    const png = Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1')
    const noise = Buffer.concat([Buffer.from('begins as text '), Buffer.alloc(60, 1)])
    for (const bytes of [png, noise, Buffer.alloc(32)]) assert.deepEqual(values(encoded(bytes)), [])
  })

  test('words and paths are none', () => {
    for (const text of [
      'internationalization',
      '/api/v2/permissions/administrators',
      'b6a9ad2c-7e82-4081-9136-f5a18182a9ed',
    ]) {
      assert.deepEqual(values(text), [], text)
    }
  })

  test('bytes of known formats, a character for each', () => {
    const java = Buffer.from('\xac\xed\0\x05sr\0\x11java.util.HashMap', 'latin1')
    const pickle = Buffer.from('\x80\x04\x95\x1d\0\0\0\0\0\0\0\x8c\x05posix\x94', 'latin1')
    const ruby = Buffer.from('\x04\x08o:\x15Gem::Requirement', 'latin1')
    const net = Buffer.from('\0\x01\0\0\0\xff\xff\xff\xff\x01\0\0\0', 'latin1')
    for (const bytes of [java, pickle, ruby, net]) {
      assert.deepEqual(values(encoded(bytes)), [['base64', bytes.toString('latin1')]])
    }
  })
})

describe('tokens in a longer text', () => {
  const token = encoded("' or '1'='1")

  test('wherever one begins', () => {
    for (const text of [
      `Basic ${token}`,
      `data:text/html;base64,${token}`,
      `atob("${token}")`,
      `/files/${token}`,
      `a=${token}&b`,
    ]) {
      assert.deepEqual(values(text), [['base64', "' or '1'='1"]], text)
    }
  })

  test('several have numbers', () => {
    assert.deepEqual(values(`${token} and ${encoded('something else')}`), [
      ['base64 array 0', "' or '1'='1"],
      ['base64 array 1', 'something else'],
    ])
  })

  test('no more is asked for once the budget is spent', () => {
    assert.equal(take(base64, `${token} ${token} ${token}`, { budget: 2 }).values.length, 2)
  })
})
