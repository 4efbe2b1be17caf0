import type { DecoderSpec } from '#schemas/contracts/detector.ts'
import { StateReader } from './reader.ts'

/** FF 01 in base64, and what can follow. */
const STATE = /^\/w[E-H][A-Za-z0-9+/\r\n]*={0,2}$/
const SHORTEST = 8

/** The state of an ASP.NET page (`__VIEWSTATE`), in base64, as long as it is not encrypted. */
export default {
  name: 'viewstate',
  container: true,
  wakes: { starts: ['/wE', '/wF', '/wG', '/wH'], literals: ['__viewstate'] },
  fits: text => text.length >= SHORTEST && text.startsWith('/w') && STATE.test(text),
  decode(text, _point, limits, out) {
    const bytes = Buffer.from(text, 'base64')
    const ending = new StateReader(bytes, ['base64', 'viewstate'], limits.nesting, out).read()
    if (ending === 'too-deep') return 'too-deep'
    return ending === 'broken' ? 'part' : 'whole'
  },
} satisfies DecoderSpec
