import type { DecoderSpec } from '#schemas/contracts/detector.ts'
import { entityAt } from '../../text/entities.ts'
import { escapeAt, numberedAt } from '../../text/script.ts'

/**
 * Character references of HTML and escapes of JavaScript strings, once. Escapes like `\n` and `\"` are decoded too, but do not
 * call for it: they are in every text that quotes another. Escapes inside of JSON documents belong to `json_doc`.
 */
export default {
  name: 'htmljs',
  wakes: {
    chars: '\\',
    literals: [
      ...['&#', '&lt', '&gt', '&amp', '&quot', '&apos;', '&nbsp'],
      ...['&tab;', '&newline;', '&colon;', '&lpar;', '&rpar;', '&sol;', '&bsol;', '&grave;', '&equals;', '&period;'],
      ...[
        '&comma;',
        '&semi;',
        '&num;',
        '&excl;',
        '&plus;',
        '&lbrace;',
        '&lcub;',
        '&rcub;',
        '&lsqb;',
        '&lbrack;',
        '&rsqb;',
      ],
      ...[
        '&dollar;',
        '&percnt;',
        '&lowbar;',
        '&hyphen;',
        '&dash;',
        '&ast;',
        '&midast;',
        '&verbar;',
        '&vert;',
        '&quest;',
      ],
      ...['&commat;', '&hat;'],
    ],
  },
  fits(text) {
    for (let at = text.indexOf('\\'); at >= 0; at = text.indexOf('\\', at + 1)) {
      if (numberedAt(text, at) !== null) return true
    }
    for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', at + 1)) {
      if (entityAt(text, at) !== null) return true
    }
    return false
  },
  decode(text, _point, _limits, out) {
    out(['htmljs'], decoded(text))
    return 'part'
  },
} satisfies DecoderSpec

/** Ampersand and backslash: what escapes begin with. */
const MARK = /[&\\]/g

function decoded(text: string): string {
  let out = ''
  let kept = 0
  MARK.lastIndex = 0
  for (let mark = MARK.exec(text); mark !== null; mark = MARK.exec(text)) {
    const found = mark[0] === '&' ? entityAt(text, mark.index) : escapeAt(text, mark.index)
    if (found === null) continue
    out += text.slice(kept, mark.index) + found.char
    kept = MARK.lastIndex = found.end
  }
  return out + text.slice(kept)
}
