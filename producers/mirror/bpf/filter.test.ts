import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { hex } from '#test/driver/frames.ts'
import { Filter } from './filter.ts'
import { runPlainly } from './plain.test-support.ts'
import { type Program, parseProgram } from './program.ts'

/** Each instruction in a program of its own; what it returns for a packet in hexadecimal. */
interface Case {
  readonly name: string
  /** As `tcpdump -ddd` writes them: decimal code, jt, jf, k. */
  readonly program: readonly string[]
  readonly packet: string
  readonly returns: number
}
const CASES = JSON.parse(readFileSync(new URL('cases.json', import.meta.url), 'utf8')) as readonly Case[]

function programOf(lines: readonly string[]): Program {
  const program = parseProgram([lines.length, ...lines].join('\n'))
  if ('problem' in program) assert.fail(program.problem)
  return program
}

describe('instructions', () => {
  for (const { name, program, packet, returns } of CASES) {
    test(name, () => {
      const bytes = hex(packet)
      const filter = new Filter(programOf(program))
      assert.equal(filter.run(bytes, 0, bytes.length, 1500), returns)
      assert.equal(runPlainly(programOf(program), bytes, 1500), returns)
      // Somewhere inside a buffer, with other bytes around it.
      const framed = new Uint8Array(bytes.length + 8).fill(0xee)
      framed.set(bytes, 3)
      assert.equal(filter.run(framed, 3, 3 + bytes.length, 1500), returns)
    })
  }

  test('every code has a case', () => {
    const used = new Set(CASES.flatMap(({ program }) => program.map(line => Number(line.split(' ')[0]))))
    const known = Array.from({ length: 256 }, (_, code) => code).filter(code => {
      const program = parseProgram(`3\n${code} 0 0 1\n6 0 0 0\n6 0 0 0\n`)
      return !('problem' in program)
    })
    assert.deepEqual(
      known.filter(code => !used.has(code)),
      [],
    )
  })
})

test('memory starts empty for every packet', () => {
  const filter = new Filter(programOf(['96 0 0 3', '4 0 0 1', '2 0 0 3', '22 0 0 0']))
  assert.deepEqual([filter.run(hex(''), 0, 0, 0), filter.run(hex(''), 0, 0, 0)], [1, 1])
})
