import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fits, take } from '../../testdata/decode.ts'
import xml from './index.ts'

const values = (text: string) => take(xml, text).values

test('a worked document', () => {
  const text = `<?xml version="1.0"?>
<!DOCTYPE foo [<!ENTITY xxe SYSTEM "aaaa">]>
<?xml-stylesheet type="text/xsl" href="style.xsl"?>
<!-- test -->
<methodCall>
  <methodName>&xxe;</methodName>
  <methodArgs check="true">123</methodArgs>
  <methodArgs>234</methodArgs>
</methodCall>`
  assert.deepEqual(
    values(text).filter(([, value]) => /\S/.test(value)),
    [
      ['xml xml_dtd', '<!DOCTYPE foo [<!ENTITY xxe SYSTEM "aaaa">]>'],
      ['xml xml_dtd_entity 0 name', 'xxe'],
      ['xml xml_dtd_entity 0 value', 'aaaa'],
      ['xml xml_pi 0', 'xml-stylesheet type="text/xsl" href="style.xsl"'],
      ['xml xml_comment 0', ' test '],
      ['xml xml_tag methodCall xml_tag methodName', 'aaaa'],
      ['xml xml_tag methodCall xml_tag methodArgs xml_attr check', 'true'],
      ['xml xml_tag methodCall xml_tag methodArgs', '123'],
      ['xml xml_tag methodCall xml_tag methodArgs array 1', '234'],
    ],
  )
})

describe('text', () => {
  const cases: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
    ['<a>1 &lt; 2 &#38; &#x33;</a>', [['xml xml_tag a', '1 < 2 & 3']]],
    [
      '<a>UNI<!-- x --><![CDATA[ON]]> SEL</a>',
      [
        ['xml xml_tag a xml_comment 0', ' x '],
        ['xml xml_tag a', 'UNION SEL'],
      ],
    ],
    [
      `<a b='x"y' c:d = "z&quot;z"/>`,
      [
        ['xml xml_tag a xml_attr b', 'x"y'],
        ['xml xml_tag a xml_attr c:d', 'z"z'],
      ],
    ],
    ['<s:Body><s:x>11</s:x></s:Body>', [['xml xml_tag s:Body xml_tag s:x', '11']]],
  ]
  for (const [text, found] of cases) test(text, () => assert.deepEqual(values(text), found))

  test('in UTF-7, when it says so', () => {
    const text = `<?xml version="1.0" encoding="UTF-7"?>+ADw-a+AD4-11+ADw-/a+AD4-`
    assert.deepEqual(values(text), [['xml xml_tag a', '11']])
  })

  test('what is broken is looked at in one piece as well', () => {
    for (const text of ['<a>11', '<a b=c>11</a>', '<a <b>11</b>', '</a>11', '<a>1<![CDATA[22']) {
      assert.equal(take(xml, text).outcome, 'part', text)
    }
    assert.equal(take(xml, '<a><b/>11</a>').outcome, 'whole')
  })

  test('so is what browsers take for markup', () => {
    assert.equal(take(xml, '<?xml version="1.0"?><svg onload="alert(1)"/>').outcome, 'part')
    assert.equal(take(xml, '<a><script>11</script></a>').outcome, 'part')
  })

  test('an inclusion is looked at in one piece', () => {
    const tag = '<xi:include parse="text" href="file:///etc/passwd"/>'
    assert.ok(values(`<a>${tag}</a>`).some(([, value]) => value === tag))
  })
})

describe('entities', () => {
  const content = (dtd: string, text: string) => {
    const { values, outcome } = take(xml, `<!DOCTYPE a [${dtd}]><a>${text}</a>`)
    return outcome === 'whole' ? values.findLast(([point]) => point === 'xml xml_tag a')?.[1] : outcome
  }

  const cases: readonly (readonly [string, string, string])[] = [
    ['<!ENTITY a "UNI"><!ENTITY b "&a;ON">', '1 &b; SELECT', '1 UNION SELECT'],
    [`<!ENTITY a '&#60;script&#62;'>`, '&a;', '<script>'],
    ['<!ENTITY a "first"><!ENTITY a "second">', '&a;', 'first'],
    ['<!ENTITY a PUBLIC "-//x" "file:///etc/passwd">', '&a;', 'file:///etc/passwd'],
    ['<!-- <!ENTITY a "no"> --><!ENTITY a "]>yes">', '&a;', ']>yes'],
    [`<!ENTITY % p '<!ENTITY a "built">'> %p;`, '&a;', 'built'],
    [`<!ENTITY % q "/etc"><!ENTITY % p "<!ENTITY a SYSTEM 'file://%q;/passwd'>"> %p;`, '&a;', 'file:///etc/passwd'],
    [`<!ENTITY % p "&#60;!ENTITY a SYSTEM 'http://x/'&#62;"> %p;`, '&a;', 'http://x/'],
    ['<!ELEMENT a ANY>', '&unknown;', '&unknown;'],
  ]
  for (const [dtd, text, expanded] of cases) test(dtd, () => assert.equal(content(dtd, text), expanded))

  test('billion laughs, quadratic blow-up and circles end as a bomb', () => {
    const laughs = Array.from({ length: 10 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join('')
    assert.equal(content(`<!ENTITY l0 "lol">${laughs}`, '&l10;'), 'too-large')
    assert.equal(content(`<!ENTITY a "${'x'.repeat(50_000)}">`, '&a;'.repeat(1000)), 'too-large')
    const circle = (times: number) => `<!ENTITY a "${'&b;'.repeat(times)}"><!ENTITY b "${'&a;'.repeat(times)}">`
    assert.equal(content(circle(1), '&a;'), 'too-large')
    assert.equal(content(circle(100), '&a;'), 'too-large')
    const short = Array.from({ length: 4 }, (_, i) => `<!ENTITY a${i + 1} "${`&a${i};`.repeat(10)}">`).join('')
    assert.equal(content(`<!ENTITY a0 "dos">${short}`, '&a4;'), 'too-large')
    const chain = Array.from({ length: 900 }, (_, i) => `<!ENTITY c${i + 1} "&c${i};">`).join('')
    assert.equal(content(`<!ENTITY c0 "x">${chain}`, '&c900;'), 'too-large')
  })

  test('a document that uses its own a few times is none', () => {
    assert.equal(content('<!ENTITY company "Example Ltd">', '&company; '.repeat(1000))?.length, 12_000)
    const dots = '<!ENTITY d "."><!ENTITY dots "&d;&d;&d;"><!ENTITY line "&dots;&dots;&dots;&dots;">'
    assert.equal(content(dots, '&line;'), '.'.repeat(12))
  })

  test('parameter entities that multiply end as one too', () => {
    const bombs = Array.from({ length: 30 }, (_, i) => `<!ENTITY % p${i + 1} "${`%p${i};`.repeat(10)}">`).join('')
    assert.equal(content(`<!ENTITY % p0 "xxxxxxxxxx">${bombs} %p30;`, 'text'), 'too-large')
  })
})

test('what it takes', () => {
  for (const text of [
    '<?xml version="1.0"?><a/>',
    ' \n<!DOCTYPE a [ ]><a/>',
    '<soap:Envelope xmlns:soap="x">',
    '\ufeff<?xml ?>',
  ]) {
    assert.ok(fits(xml, text, { point: ['query', 'a'] }), text)
  }
  assert.ok(fits(xml, '<a/>', { type: 'application/soap+xml; charset=utf-8' }))
  for (const text of ['<b>hi</b>', '<!DOCTYPE html><p>', '<xmlish>', 'a < b']) {
    assert.ok(!fits(xml, text, { point: ['query', 'a'] }), text)
  }
})

test('a document type is not taken for a document again', () => {
  assert.ok(!fits(xml, '<!DOCTYPE a [<!ENTITY b "c">]>', { point: ['post', 'xml', 'xml_dtd'] }))
})

test('deep and crowded documents are told', () => {
  const limits = { nesting: 10, values: 100 }
  assert.equal(take(xml, '<a>'.repeat(11), { limits }).outcome, 'too-deep')
  assert.equal(take(xml, `<a>${'<b/>'.repeat(200)}</a>`, { limits }).outcome, 'too-many')
  assert.ok(xml.crowded('<a>'.repeat(11), limits))
  assert.ok(xml.crowded(`<a>${'<b></b>'.repeat(200)}</a>`, limits))
  assert.ok(!xml.crowded('<a><b>1</b><b>2</b></a>'.repeat(5), limits))
})

test('nobody is asked again once the budget is spent', () => {
  const text = '<!DOCTYPE a [<!ENTITY xx "yy">]><!-- cc --><aa bb="cc" dd="ee">ff<gg>hh</gg></aa>'
  for (let budget = 1; budget < 9; budget++) assert.ok(take(xml, text, { budget }).values.length <= budget)
})
