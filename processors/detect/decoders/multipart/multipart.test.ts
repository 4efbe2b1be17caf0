import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fits, type Given, take } from '../../testdata/decode.ts'
import multipart from './index.ts'

const TYPE = 'multipart/form-data; boundary=B'
const form = (...parts: readonly string[]) => `${parts.map(part => `--B\r\n${part}\r\n`).join('')}--B--\r\n`
const field = (name: string, value: string, ...more: readonly string[]) =>
  [`Content-Disposition: form-data; name="${name}"`, ...more, '', value].join('\r\n')
const values = (text: string, given: Given = { type: TYPE }) =>
  take(multipart, text, given).values.filter(([point]) => !point.endsWith('_name'))
const rules = (text: string, given: Given = { type: TYPE }) =>
  take(multipart, text, given).noted.map(({ rule, evidence }) => [rule, evidence])

describe('values', () => {
  test('names mean what they mean in a form', () => {
    const text = form(
      field('p1', '1'),
      field('p2[a]', '2'),
      field('p3[]', '4'),
      field('p3[]', '5'),
      field('p4', '6'),
      field('p4', '7'),
    )
    assert.deepEqual(values(text), [
      ['multipart p1', '1'],
      ['multipart p2 hash a', '2'],
      ['multipart p3 array 0', '4'],
      ['multipart p3 array 1', '5'],
      ['multipart p3 pollution', '4,5'],
      ['multipart p4 array 0', '6'],
      ['multipart p4 array 1', '7'],
      ['multipart p4 pollution', '6,7'],
    ])
  })

  test('a file, its name and its header', () => {
    const text = form(
      'Content-Disposition: form-data; name="f"; filename="a \\"b\\";.txt"\r\nContent-Type: text/plain\r\n\r\nline\r\n\r\nline',
    )
    assert.deepEqual(values(text), [
      ['multipart f _filename', 'a "b";.txt'],
      ['multipart f header CONTENT-TYPE', 'text/plain'],
      ['multipart f file', 'line\r\n\r\nline'],
    ])
  })

  test('names of files as servers read them', () => {
    const cases: readonly (readonly [string, readonly string[]])[] = [
      [`filename=bare.txt`, ['bare.txt']],
      [`filename="C:\\dir\\x.txt"`, ['C:\\dir\\x.txt']],
      [`filename='single.txt'`, ['single.txt']],
      [`filename="open.txt`, ['open.txt']],
      [`FileName = "blank.txt"`, ['blank.txt']],
      [`filename*=UTF-8''%e2%82%ac%20.txt`, ['€ .txt']],
      [`filename*=iso-8859-1'en'%a3.txt`, ['£.txt']],
      [`filename="n.txt"; filename*=utf-8''%c3%b1.txt`, ['n.txt', 'ñ.txt']],
      [`filename*0="ev"; filename*1="il.php"`, ['evil.php']],
    ]
    for (const [parameter, names] of cases) {
      const found = values(form(`Content-Disposition: form-data; name="f"; ${parameter}\r\n\r\nx`))
      assert.deepEqual(
        found.filter(([point]) => point.endsWith('_filename')).map(([, text]) => text),
        names,
        parameter,
      )
    }
  })

  test('text in UTF-8 beside bytes that are none', () => {
    const text = Buffer.concat([
      Buffer.from(`--B\r\n${field('a', 'é')}\r\n--B\r\n${field('b', '')}`),
      Buffer.from([0xff, 0xf0, 0x80]),
      Buffer.from('\r\n--B--'),
    ]).toString('latin1')
    assert.deepEqual(values(text), [
      ['multipart a', 'é'],
      ['multipart b', '\xff\xf0\x80'],
    ])
  })

  test('around the parts, without a header, without an end', () => {
    assert.deepEqual(values(`before\r\n${form(field('a', 'x'))}behind`), [
      ['multipart _preamble', 'before\r\n'],
      ['multipart _epilogue', '\r\nbehind'],
      ['multipart a', 'x'],
    ])
    assert.deepEqual(values('--B\r\nno header\r\n--B--'), [['multipart', 'no header']])
    assert.deepEqual(values(`--B\r\n${field('a', 'cut off')}`), [['multipart a', 'cut off']])
    assert.deepEqual(values(`--B\n${field('a', 'x').replaceAll('\r', '')}\n--B--`), [['multipart a', 'x']])
    assert.equal(take(multipart, 'nothing', { type: TYPE }).outcome, 'part')
  })

  test('a line that only begins like the boundary is content', () => {
    assert.deepEqual(values(form(field('a', '1\r\n--Bc\r\n2'))), [['multipart a', '1\r\n--Bc\r\n2']])
  })

  test('multipart in a part', () => {
    const inner = '--I\r\nContent-Disposition: attachment; filename="x.txt"\r\n\r\nX\r\n--I--'
    assert.deepEqual(values(form(field('files', inner, 'Content-Type: multipart/mixed; boundary=I'))), [
      ['multipart files header CONTENT-TYPE', 'multipart/mixed; boundary=I'],
      ['multipart files  _filename', 'x.txt'],
      ['multipart files  file', 'X'],
    ])
  })

  test('folded header lines', () => {
    assert.deepEqual(values(form('Content-Disposition: form-data;\r\n name="a"\r\n\r\nx')), [['multipart a', 'x']])
  })
})

describe('boundaries', () => {
  const two = `--A\r\n${field('a', '1')}\r\n--B\r\n${field('b', '2')}\r\n--B--\r\n--A--`

  test('each that a server may take is read', () => {
    for (const type of ['multipart/form-data; boundary=A; boundary=B', 'multipart/form-data; boundary=B']) {
      const points = values(two, { type }).map(([point]) => point)
      assert.ok(points.includes('multipart a') && points.includes('multipart b'), type)
    }
    assert.deepEqual(values(form(field('a', '1')), { type: 'multipart/form-data' }), [['multipart a', '1']])
    assert.deepEqual(values(form(field('a', '1')), { type: 'multipart/form-data; boundary=B,x' }), [
      ['multipart a', '1'],
    ])
  })

  test('several in the header are noted', () => {
    assert.deepEqual(rules(two, { type: 'multipart/form-data; boundary=A; boundary="B"' }), [
      ['smuggling.multipart-boundary', 'A; B'],
    ])
    assert.deepEqual(rules(form(field('a', '1')), { type: 'multipart/form-data; boundary=B; boundary=B' }), [])
  })

  test('the case of letters counts', () => {
    assert.deepEqual(values(form(field('a', '--b')), { type: 'Multipart/Form-Data; Boundary="B"' }), [
      ['multipart a', '--b'],
    ])
  })
})

describe('transfer encodings and charsets', () => {
  const coded = (value: string, ...more: readonly string[]) =>
    values(form(field('a', value, ...more))).slice(more.length)

  test('decoded beside what was sent', () => {
    assert.deepEqual(coded('PHNjcmlwdD4=', 'Content-Transfer-Encoding: base64'), [
      ['multipart a base64', '<script>'],
      ['multipart a', 'PHNjcmlwdD4='],
    ])
    assert.deepEqual(coded('=3Cscri=\r\npt=3e=', 'Content-Transfer-Encoding: Quoted-Printable'), [
      ['multipart a quoted_printable', '<script>='],
      ['multipart a', '=3Cscri=\r\npt=3e='],
    ])
    assert.deepEqual(coded('+ADw-', 'Content-Type: text/plain; charset="UTF-7"'), [
      ['multipart a charset', '<'],
      ['multipart a', '+ADw-'],
    ])
    assert.deepEqual(coded('\x83\x54', 'Content-Type: text/plain; charset=shift_jis'), [['multipart a', 'サ']])
  })

  test('UTF-16 by how it begins', () => {
    const sent = Buffer.from('\ufeffhi', 'utf16le').toString('latin1')
    assert.deepEqual(coded(sent), [
      ['multipart a charset', 'hi'],
      ['multipart a', sent],
    ])
  })

  test('the charset of the whole form', () => {
    const found = values(form(field('_charset_', 'utf-7'), field('a', '+ADw-')))
    assert.ok(found.some(([point, text]) => point === 'multipart a charset' && text === '<'))
  })

  test('those that nobody needs are noted', () => {
    const noted = (line: string) => rules(form(field('a', 'x', line)))
    for (const charset of ['utf-7', 'UTF-16', 'ibm037', 'shift-jis', 'iso-2022-jp', 'no-such-charset']) {
      assert.deepEqual(noted(`Content-Type: text/plain; charset=${charset}`), [
        ['smuggling.part-charset', charset.toLowerCase()],
      ])
    }
    assert.deepEqual(rules(form(field('_charset_', 'utf-7'))), [['smuggling.part-charset', 'utf-7']])
    for (const line of [
      'Content-Type: a/b; charset=utf-8; charset=utf-7',
      'Content-Type: a/b\r\nContent-Type: a/b; charset=utf-7',
    ]) {
      assert.deepEqual(noted(line), [['smuggling.part-charset', 'utf-7']], line)
    }
    for (const coding of ['base64', 'quoted-printable', 'x-uuencode']) {
      assert.deepEqual(noted(`Content-Transfer-Encoding: ${coding}`), [['smuggling.part-encoding', coding]])
    }
  })

  test('ordinary ones are not', () => {
    for (const line of [
      'Content-Type: text/plain; charset=utf-8',
      'Content-Type: text/plain; charset="UTF-8"; boundary=inner',
      'Content-Type: text/plain;charset=US-ASCII',
      'Content-Type: text/plain; charset=ISO-8859-1',
      'Content-Type: text/csv; charset=windows-1252',
      'Content-Type: application/json',
      'Content-Transfer-Encoding: binary',
      'Content-Transfer-Encoding: 8bit',
    ]) {
      assert.deepEqual(rules(form(field('a', 'x', line))), [], line)
    }
    for (const charset of ['UTF-8', 'Shift_JIS', 'windows-1251'])
      assert.deepEqual(rules(form(field('_charset_', charset))), [])
    const mail = form(
      field('a', 'x', 'Content-Transfer-Encoding: base64', 'Content-Type: text/plain; charset=iso-2022-jp'),
    )
    assert.deepEqual(rules(mail, { type: 'multipart/signed; boundary=B; micalg=sha256' }), [])
  })
})

describe('parts that servers read differently', () => {
  const cases: readonly (readonly [string, string])[] = [
    [
      'Content-Disposition: form-data; name="a"; filename="1.php"\r\nContent-Disposition: form-data; name="b"',
      'smuggling.part-name',
    ],
    ['Content-Disposition: form-data; name="a"; name="b"', 'smuggling.part-name'],
    [
      'Content-Disposition: form-data; name="a"\r\nContent-Type: image/png\r\nContent-Type: text/x-php',
      'smuggling.part-type',
    ],
    ['Content\x7f-Disposition: form-data; name="a"', 'smuggling.part-header'],
    ['Content- Disposition: form-data; name="a"', 'smuggling.part-header'],
    ['Content-Disposition: form-data; name="a"; filename="x.php\0.png"', 'smuggling.part-header'],
    ['Content-Disposition: form-data; name="a"; filename="x.png"; filename*=utf-8\'\'x.jsp', 'smuggling.part-file'],
  ]
  for (const [head, rule] of cases) {
    test(JSON.stringify(head), () => {
      assert.ok(rules(form(`${head}\r\n\r\nx`)).some(([found]) => found === rule))
    })
  }

  test('the names of both are values', () => {
    const found = take(multipart, form(`${cases[0]![0]}\r\n\r\nx`), { type: TYPE }).values
    assert.deepEqual(
      found.map(([, text]) => text),
      ['1.php', 'x'],
    )
    assert.deepEqual(values(form('Content\x7f-Disposition: form-data; name="a"; filename="1.php"\r\n\r\nx')), [
      ['multipart a _filename', '1.php'],
      ['multipart a file', 'x'],
    ])
  })

  test('ordinary parts are not noted', () => {
    for (const head of [
      'Content-Disposition: form-data; name="a"; filename="naïve.txt"; filename*=UTF-8\'\'na%C3%AFve.txt',
      'Content-disposition:form-data;name=a',
      'Content-!Disposition: form-data; name="a"',
      'Content-Disposition: form-data; name="a"\r\nContent-Length: 1\r\nX-Custom: a:b; c',
      'Content-Disposition: form-data; name="Übergröße"; filename="日本.txt"',
      'Content-Disposition : form-data; name="a"',
      'Dear reader: this part has no header\x01',
    ]) {
      assert.deepEqual(rules(form(`${head}\r\n\r\nx`)), [], head)
    }
  })
})

test('what it takes', () => {
  const text = form(field('a', 'x'))
  assert.ok(fits(multipart, text, { type: 'multipart/related; boundary=B' }))
  assert.ok(fits(multipart, text, { type: 'text/plain' }))
  assert.ok(fits(multipart, text))
  assert.ok(!fits(multipart, '--B\r\nsome text', { type: 'text/plain' }))
  assert.ok(!fits(multipart, text, { type: TYPE, point: ['query', 'a'] }))
})

test('more parts than values are too many', () => {
  const text = form(...Array.from({ length: 50 }, () => field('a', 'x')))
  assert.equal(take(multipart, text, { type: TYPE, limits: { nesting: 64, values: 49 } }).outcome, 'too-many')
})

test('nobody is asked again once the budget is spent', () => {
  const text = form(field('a', 'x', 'Content-Type: text/plain; charset=utf-7'), field('b', 'y'))
  for (let budget = 1; budget < 8; budget++)
    assert.ok(take(multipart, text, { type: TYPE, budget }).values.length <= budget)
})
