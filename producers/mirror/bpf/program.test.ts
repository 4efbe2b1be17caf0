import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { MAX_INSTRUCTIONS, parseProgram } from './program.ts'

const problem = (text: string): string | null => {
  const program = parseProgram(text)
  return 'problem' in program ? program.problem : null
}
const RET = '6 0 0 1'
const filled = (count: number): string => `${count}\n${`${RET}\n`.repeat(count)}`

describe('a program is refused that', () => {
  const cases: readonly (readonly [what: string, text: string, problem: RegExp])[] = [
    ['is empty', '', /no program/],
    ['is words', 'hello', /no program/],
    ['has no instruction', '0\n', /no program|0 instructions/],
    ['announces more than it has', `2\n${RET}\n`, /no program/],
    ['has a line that is none', '1\n6 0 0\n', /no program/],
    ['has a negative number', '1\n6 0 0 -1\n', /no program/],
    ['is too long', filled(MAX_INSTRUCTIONS + 1), /at most 4096/],
    ['uses an unknown code', `2\n255 0 0 0\n${RET}\n`, /instruction 0: unknown code 0xff/],
    ['uses a code of two bytes', `2\n262 0 0 0\n${RET}\n`, /unknown code 0x106/],
    ['has a constant of more than 32 bits', '1\n6 0 0 4294967296\n', /constant out of range/],
    ['has no return', '1\n0 0 0 0\n', /ends without a return/],
    ['ends with a jump', `2\n${RET}\n5 0 0 0\n`, /instruction 1: jumps back, or beyond the end/],
    ['jumps beyond the end', `2\n5 0 0 1\n${RET}\n`, /instruction 0: jumps back, or beyond the end/],
    ['jumps back', `2\n5 0 0 4294967295\n${RET}\n`, /instruction 0: jumps back/],
    ['jumps beyond the end when true', `2\n21 1 0 0\n${RET}\n`, /instruction 0: jumps beyond the end/],
    ['jumps beyond the end when false', `2\n21 0 1 0\n${RET}\n`, /instruction 0: jumps beyond the end/],
    ['divides by 0', `2\n52 0 0 0\n${RET}\n`, /division by zero/],
    ['takes the remainder by 0', `2\n148 0 0 0\n${RET}\n`, /division by zero/],
    ['loads from memory that is not there', `2\n96 0 0 16\n${RET}\n`, /memory out of range/],
    ['stores into memory that is not there', `2\n2 0 0 16\n${RET}\n`, /memory out of range/],
    ['asks the kernel', `2\n40 0 0 4294963204\n${RET}\n`, /only the capturing kernel knows/],
  ]
  for (const [what, text, expected] of cases) test(what, () => assert.match(problem(text) ?? 'taken', expected))
})

test('the longest program is taken', () => assert.equal(problem(filled(MAX_INSTRUCTIONS)), null))

test('jumps become places', () => {
  const program = parseProgram(`4\n21 1 0 7\n5 0 0 1\n${RET}\n6 0 0 0\n`)
  assert.ok(!('problem' in program))
  assert.deepEqual([program.onTrue[0], program.onFalse[0], program.onTrue[1]], [2, 1, 3])
})
