import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { charsetOf, declaredText, hiddenText, hidesAscii, splitsAscii, textIn } from './charset.ts'
import { decodeUtf7 } from './utf7.ts'

const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16()
const utf32 = (text: string, order: 'le' | 'be') => {
  const bytes = Buffer.alloc(text.length * 4)
  for (let i = 0; i < text.length; i++) {
    if (order === 'le') bytes.writeUInt32LE(text.charCodeAt(i), i * 4)
    else bytes.writeUInt32BE(text.charCodeAt(i), i * 4)
  }
  return bytes
}

test('UTF-7 (RFC 2152)', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['+ADw-script+AD4-', '<script>'],
    ['+ADwAcwBjAHIAaQBwAHQAPg-alert', '<script>alert'],
    ['1 +- 1 = 2', '1 + 1 = 2'],
    ['Hi Mom +Jjo-!', 'Hi Mom \u263a!'],
    ['A+ImIDkQ.', 'A\u2262\u0391.'],
    ['no shift', 'no shift'],
    ['a+b', 'a+b'],
    ['end+', 'end+'],
  ]
  for (const [encoded, text] of cases) assert.equal(decodeUtf7(encoded), text, encoded)
})

describe('charsets that hide ASCII', () => {
  const text = "id=1' or 1=1--"
  const cases: readonly (readonly [string, Uint8Array])[] = [
    ['utf-16', Buffer.concat([Buffer.from([0xfe, 0xff]), utf16be(text)])],
    ['utf-16le', Buffer.from(text, 'utf16le')],
    ['utf-16be', utf16be(text)],
    ['utf-32', utf32(text, 'be')],
    ['utf-32le', utf32(text, 'le')],
    ['ibm037', Buffer.from('89847ef17d409699 40f17ef16060'.replace(' ', ''), 'hex')],
    ['cp500', Buffer.from('89847ef17d40969940f17ef16060', 'hex')],
    ['utf-7', Buffer.from('id+AD0-1+ACc- or 1+AD0-1--')],
    ['iso-2022-jp', Buffer.from(text)],
  ]
  for (const [label, bytes] of cases) {
    test(label, () => {
      assert.ok(hidesAscii(label))
      assert.equal(textIn(label, bytes)?.replace('\ufeff', ''), text)
      assert.equal(hiddenText(bytes, `text/plain; charset=${label}`)?.replace('\ufeff', ''), text)
    })
  }

  test('found by what they begin with', () => {
    const json = '{"a":1}'
    for (const bytes of [utf16be(json), utf32(json, 'le'), utf32(json, 'be')]) assert.equal(hiddenText(bytes, ''), json)
  })

  test('declared by the document', () => {
    const xml = '<?xml version="1.0" encoding="UTF-7"?>+ADw-a/+AD4-'
    assert.equal(hiddenText(Buffer.from(xml), 'text/xml'), '<?xml version="1.0" encoding="UTF-7"?><a/>')
    assert.equal(hiddenText(Buffer.from('4c6fa794936e', 'hex'), 'text/xml'), '<?xml>')
  })

  test('not ASCII text, nor what ordinary clients declare', () => {
    for (const label of ['utf-8', 'iso-8859-1', 'windows-1251', 'us-ascii', 'shift_jis', 'gbk', 'koi8-r', 'euc-jp']) {
      assert.ok(!hidesAscii(label), label)
      assert.equal(hiddenText(Buffer.from(text), `text/plain;charset=${label}`), null)
    }
  })
})

test('charsets with ASCII in them', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['windows-1252', '9344', '\u201cD'],
    ['windows-1251', 'cfe0f0ee', 'Паро'],
    ['iso-8859-15', 'a4', '€'],
    ['shift_jis', '8354', 'サ'],
    ['gbk', 'bf5c', '縗'],
    ['unheard-of', 'e9', 'é'],
  ]
  for (const [label, hex, text] of cases) {
    assert.equal(declaredText(Buffer.from(hex, 'hex'), `text/plain; charset="${label}"`), text, label)
  }
  assert.equal(textIn('unheard-of', Buffer.from('a')), null)
})

test('labels', () => {
  assert.equal(charsetOf('text/plain;  charset = "utf-7" ; x=y'), 'utf-7')
  assert.equal(charsetOf('application/json'), null)
  assert.equal(charsetOf('text/plain; charset=utf-8; charset=utf-7'), 'utf-7')
  assert.equal(charsetOf('text/plain; charset=iso-8859-1; charset=utf-8'), 'iso-8859-1')
  assert.equal(charsetOf('text/plain, charset=utf-16'), 'utf-16')
  assert.equal(charsetOf("text/plain; charset*=us-ascii''ibm037"), 'ibm037')
  assert.equal(charsetOf('text/plain; x-charset=utf-7'), null)
  assert.ok(splitsAscii('shift-jis') && splitsAscii('gb18030') && splitsAscii('big5') && !splitsAscii('euc-jp'))
})
