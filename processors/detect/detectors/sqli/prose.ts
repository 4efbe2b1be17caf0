/** Is a text prose, which may quote SQL, or nothing but a payload? */

/** Words in a row that no statement has: there two names never stand side by side but for an alias. */
const MANY = 4

/** Prose is recognised early; beyond it a text that shows none is long enough to be a document of its own. */
const MAX_LOOK = 2048

/** Longest code between backquotes. */
const MAX_CODE = 256

/** Words of both: they neither count nor end a row. */
const SHARED = new Set(
  (
    'and or not in is as by like all on to set into between exists a any some then else when case if do end for no with using ' +
    'add index key read first next close open share change ignore only over text string second mode data lines function ' +
    'language call match against natural query local fields enclosed returns view trigger full cross mod replace merge top'
  ).split(' '),
)
/** Words of statements: they end a row. */
const SQL = new Set(
  (
    'select from where union having order group join inner outer left right insert update delete drop create alter table limit ' +
    'offset values declare exec execute truncate distinct null waitfor delay procedure begin database columns asc desc column ' +
    'constraint primary foreign references revoke privileges identified cascade escape collate character charset rename load ' +
    'infile outfile dumpfile terminated escaped handler prepare deallocate nowait fetch partition recursive returning soname ' +
    'int integer varchar char numeric timestamp interval cast convert benchmark sleep rlike regexp glob binary div xor analyse'
  ).split(' '),
)

/**
 * Rows of words before the first comment sign, each followed by a blank or a comma and a blank; strings, operators and
 * brackets end a row. An apostrophe between letters is part of a word.
 */
export function isProse(lower: string): boolean {
  const most = Math.min(lower.length, MAX_LOOK)
  let row = 0
  for (let at = 0; at < most; ) {
    const c = lower.charCodeAt(at)
    if (isLetter(c)) {
      const end = naturalEnd(lower, at, most)
      const word = lower.slice(at, end)
      if (SQL.has(word)) row = 0
      else if (!SHARED.has(word)) row++
      if (row >= MANY) return true
      at = end
    } else if (c <= 32 || c === 160 || (c === 44 && lower.charCodeAt(at + 1) === 32)) at++
    else if (c === 96 && quotesCode(lower, at)) return true
    else if (isCommentSign(lower, at)) return false
    else {
      row = 0
      at++
    }
  }
  return false
}

function naturalEnd(lower: string, from: number, most: number): number {
  let at = from + 1
  while (at < most) {
    const c = lower.charCodeAt(at)
    if (isLetter(c)) at++
    else if ((c === 39 || c === 0x2019) && isLetter(lower.charCodeAt(at + 1))) at += 2
    else break
  }
  return at
}

/** A fence, or backquotes around something that begins with no blank and has one: names of MySQL have none. */
function quotesCode(lower: string, at: number): boolean {
  if (lower.startsWith('```', at)) return true
  const window = lower.slice(at + 1, at + MAX_CODE)
  const close = window.indexOf('`')
  return close > 0 && /^\S.{0,256}\s/.test(window.slice(0, close))
}

/** A dash more than prose has, a block comment, a hash that ends the text. */
function isCommentSign(lower: string, at: number): boolean {
  if (lower.startsWith('/*', at)) return true
  return lower.startsWith('--', at) && lower[at + 2] !== '-'
}

function isLetter(c: number): boolean {
  return (c >= 97 && c <= 122) || (c >= 0xdf && c !== 0x2018 && c !== 0x2019 && c !== 0x2013 && c !== 0x2014)
}
