/** Fuzz target: any bytes in any charset that is known by name, and those that bodies begin with. Nothing throws or grows. */
import assert from 'node:assert/strict'
import { charsetOf, declaredText, hiddenText, textIn } from '#processors/detect/text/charset.ts'
import { parametersOf } from '#processors/detect/text/parameters.ts'

const LABELS = [
  ...['utf-7', 'utf-16', 'utf-16be', 'utf-32', 'utf-32le', 'ibm037', 'cp500', 'ibm1047', 'iso-2022-jp', 'iso-2022-kr'],
  ...[
    'hz-gb-2312',
    'shift_jis',
    'gb18030',
    'big5',
    'euc-kr',
    'windows-1251',
    'iso-8859-8-i',
    'x-user-defined',
    'nothing',
  ],
]
/** Characters for each byte: EUC-KR and others never give more than one, UTF-32 a surrogate pair for four. */
const MOST = 2

export default function charsetTarget(data: Uint8Array): void {
  const label = LABELS[(data[0] ?? 0) % LABELS.length]!
  const bytes = Buffer.from(data.subarray(1))
  const texts = [
    textIn(label, bytes),
    hiddenText(bytes, `text/plain; charset=${label}`),
    declaredText(bytes, `a/b;charset=${label}`),
  ]
  for (const text of texts) assert.ok((text ?? '').length <= MOST * bytes.length + 1, `${label}: ${text?.length}`)
  const header = bytes.toString('latin1')
  charsetOf(header.toLowerCase())
  let length = 0
  for (const { name, value } of parametersOf(header)) length += name.length + value.length
  assert.ok(length <= header.length, 'parameters are no longer than what they stand in')
}

export const dictionary: readonly string[] = [
  '+ADw-',
  '\x1b$B',
  '~{',
  '\xff\xfe',
  '\0\0\xfe\xff',
  '<?xml version="1.0" encoding="utf-7"?>',
  '; charset=',
  "; a*=utf-8''%41",
  '; a*0="b"',
  '"\\"',
]

export function seeds(): readonly Uint8Array[] {
  return LABELS.map((_, i) =>
    Buffer.concat([Uint8Array.of(i), Buffer.from('multipart/form-data; boundary="a;b"; x*=utf-8\'\'%c3%a9')]),
  )
}
