/** The checks that are no tests: types (tsc) and lint with formatting (biome). */
import { spawn } from 'node:child_process'
import { join } from 'node:path'

export interface Check {
  readonly name: string
  readonly ok: boolean
  readonly output: string
  readonly seconds: number
}

const CHECKS = [
  { name: 'type check (tsc)', args: ['node_modules/typescript/bin/tsc', '-p', '.', '--pretty', 'false'] },
  { name: 'lint and format (biome)', args: ['node_modules/@biomejs/biome/bin/biome', 'check', '--max-diagnostics=40'] },
] as const

/** Runs all checks side by side in the checkout at `root`. */
export function runChecks(root: string): Promise<readonly Check[]> {
  return Promise.all(CHECKS.map(({ name, args }) => run(root, name, args)))
}

function run(root: string, name: string, [script, ...args]: readonly string[]): Promise<Check> {
  const started = performance.now()
  const child = spawn(process.execPath, [join(root, script!), ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', text => {
      output += text
    })
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', code => {
      resolve({ name, ok: code === 0, output, seconds: (performance.now() - started) / 1000 })
    })
  })
}
