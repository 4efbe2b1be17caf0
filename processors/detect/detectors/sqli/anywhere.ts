/** SQL that is an attack wherever it stands, because no value of an application contains it: found from its key words on. */
import { analyse, catalogue, execute, outfile, sleep, strongFunction, waitfor } from './calls.ts'
import { COMMON_FUNCTIONS, FUNCTIONS } from './functions.ts'
import { conditionalComment, nestedWord, numberTrick, splitWord } from './hiding.ts'
import { Ahead, type Token } from './lexer.ts'
import { isConstant } from './operands.ts'
import { BOOLEANS } from './operators.ts'
import { isWordPart, wordEnd } from './scan.ts'
import { caseWhen, constantIf, existsSelect, orderByFunction, select, union } from './selects.ts'
import { against, alterCharset, createFunction, infile, printVariable } from './statements.ts'
import { type Verdict, verdict } from './verdict.ts'

interface Sighting extends Verdict {
  readonly start: number
}

type Judge = (lower: string, token: Token) => Verdict | null

const JUDGES: ReadonlyMap<string, Judge> = new Map<string, Judge>([
  ['union', union],
  ['or', tautology],
  ['and', tautology],
  ['xor', tautology],
  ['having', tautology],
  ['select', select],
  ['sleep', sleep],
  ['waitfor', waitfor],
  ['from', catalogue],
  ['into', outfile],
  ['case', caseWhen],
  ['if', constantIf],
  ['iif', constantIf],
  ['exec', execute],
  ['execute', execute],
  ['procedure', analyse],
  ['by', orderByFunction],
  ['against', against],
  ['infile', infile],
  ['alter', alterCharset],
  ['function', createFunction],
  ['exists', existsSelect],
  ['print', printVariable],
])

/** Calls `report` for what it finds; stops after the first sighting per rule. One pass over the text. */
export function findAnywhere(lower: string, report: (sighting: Sighting) => void): void {
  const seen = new Set<string>()
  const say = (start: number, verdict: Verdict | null) => {
    if (verdict === null || seen.has(verdict.rule)) return
    seen.add(verdict.rule)
    report({ ...verdict, start })
  }
  for (let at = 0; at < lower.length; at++) {
    const c = lower.charCodeAt(at)
    if (isWordPart(c)) {
      const end = wordEnd(lower, at)
      const word = lower.slice(at, Math.min(end, at + 64))
      if (lower.startsWith('/**/', end)) say(at, splitWord(lower, word, end))
      if (word.includes('.e')) say(at, numberTrick(lower, word, end))
      const token: Token = { kind: 'word', text: word, start: at, end }
      say(at, JUDGES.get(word)?.(lower, token) ?? strongFunction(lower, token) ?? nestedWord(word, end))
      at = end - 1
    } else if (c === 47 && lower.startsWith('/*!', at)) say(at, conditionalComment(lower, at))
    else if ((c === 124 || c === 38) && lower.charCodeAt(at + 1) === c) {
      say(at, tautology(lower, { kind: 'operator', text: lower.slice(at, at + 2), start: at, end: at + 2 }))
      at++
    }
  }
}

/** OR 1=1, AND 'a'='b', || 1<2: a comparison of two constants decides nothing but what the attacker wants to know. */
function tautology(lower: string, token: Token): Verdict | null {
  const ahead = new Ahead(lower, token.end, 8)
  let i = 0
  while (isOpening(ahead.at(i))) i++
  const left = ahead.at(i)
  if (left === undefined || BOOLEANS.has(left.text)) return null
  if (left.kind === 'word') {
    if (lower[left.end] !== '(' || !BOOLEANS.has(token.text)) return null
    if (!FUNCTIONS.has(left.text) || COMMON_FUNCTIONS.has(left.text)) return null
    const why = `The condition calls ${left.text}(), which reads data bit by bit or takes time.`
    return verdict('sqli.function', left.end + 1, why)
  }
  const operator = ahead.at(i + 1)
  const right = ahead.at(i + 2)
  if (operator?.kind !== 'operator' || right === undefined) return null
  if (!isConstant(lower, left) || !isConstant(lower, right)) return null
  if (!/^(?:=|==|<|>|<>|!=|<=|>=|<=>)$/.test(operator.text)) return null
  // Escaped markup about numbers: `1 &lt; 2 &amp;&amp; 3 &gt; 2`.
  if (token.kind === 'operator' && /^[<>]=?$/.test(operator.text) && lower.includes('</')) return null
  const why = 'The condition compares two constants, so it is always true or always false.'
  return verdict('sqli.tautology', right.end, why)
}

function isOpening(token: Token | undefined): boolean {
  return token?.kind === '(' || token?.text === 'not' || token?.text === '!' || token?.text === '-'
}
