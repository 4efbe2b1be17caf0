/**
 * EBCDIC: charsets of mainframes that some servers (IIS, Java) accept for a form although nobody sends one. Code page 037,
 * and 500 and 1047 by what sets them apart.
 */

/** Latin-1 of each byte in code page 037. */
const CP037 = Buffer.from(
  '000102039c09867f978d8e0b0c0d0e0f101112139d8508871819928f1c1d1e1f80818283840a171b88898a8b8c050607' +
    '909116939495960498999a9b14159e1a20a0e2e4e0e1e3e5e7f1a22e3c282b7c26e9eaebe8edeeefecdf21242a293bac' +
    '2d2fc2c4c0c1c3c5c7d1a62c255f3e3ff8c9cacbc8cdcecfcc603a2340273d22d8616263646566676869abbbf0fdfeb1' +
    'b06a6b6c6d6e6f707172aabae6b8c6a4b57e737475767778797aa1bfd0dddeae5ea3a5b7a9a7b6bcbdbe5b5dafa8b4d7' +
    '7b414243444546474849adf4f6f2f3f57d4a4b4c4d4e4f505152b9fbfcf9faff5cf7535455565758595ab2d4d6d2d3d5' +
    '30313233343536373839b3dbdcd9da9f',
  'hex',
)

/** Byte to Latin-1 where it is another character than in 037. */
const VARIANTS: ReadonlyMap<string, readonly (readonly [byte: number, char: string])[]> = new Map([
  ['037', []],
  ['500', pairs('4a[ 4f! 5a] 5f^ b0\xa2 ba\xac bb|')],
  ['1047', pairs('5f^ ad[ bd] b0\xac ba\xdd bb\xa8')],
])

/** Page 1140 is 037 with the euro sign. */
const PAGE = /^(?:ibm|cp|x-ibm|ebcdic-cp-us|csibm|ebcdic)?[-_]?0{0,3}(037|37|500|1047|1140)$/

/** The code page that a charset label names, null when it is none of these. `label` is lower case. */
export function ebcdicPage(label: string): string | null {
  if (label === 'ebcdic-cp-us' || label === 'ebcdic') return '037'
  const page = PAGE.exec(label)?.[1]
  if (page === undefined) return null
  return page === '500' || page === '1047' ? page : '037'
}

export function ebcdicText(bytes: Uint8Array, page: string): string {
  const table = Buffer.from(CP037)
  for (const [byte, char] of VARIANTS.get(page) ?? []) table[byte] = char.charCodeAt(0)
  const text = Buffer.alloc(bytes.length)
  for (let i = 0; i < bytes.length; i++) text[i] = table[bytes[i]!]!
  return text.toString('latin1')
}

function pairs(text: string): readonly (readonly [number, string])[] {
  return text.split(' ').map(pair => [Number.parseInt(pair.slice(0, 2), 16), pair.slice(2)])
}
