/** `npm run bench [-- NAME...]`: every test/bench/*.bench.ts whose name contains one of the names, one after another. */
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { basename, join } from 'node:path'

/** Exit code 1 when a benchmark failed or none has that name. Each prints its own figures. */
export async function runMain(names: readonly string[]): Promise<number> {
  const files = globSync('*.bench.ts', { cwd: import.meta.dirname }).toSorted()
  const wanted = files.filter(file => names.length === 0 || names.some(name => file.includes(name)))
  if (wanted.length === 0) {
    const known = files.map(file => basename(file, '.bench.ts')).join(', ')
    process.stderr.write(`tapwire bench: no such benchmark; there are ${known}\n`)
    return 2
  }
  let failed = 0
  for (const file of wanted) {
    process.stdout.write(`\n${basename(file, '.bench.ts')}\n`)
    if ((await run(join(import.meta.dirname, file))) !== 0) failed++
  }
  return failed === 0 ? 0 : 1
}

/** A process of its own: one benchmark's heap and compiled code do not colour the next. */
function run(file: string): Promise<number | null> {
  const child = spawn(process.execPath, ['--expose-gc', file], { stdio: 'inherit' })
  return new Promise((resolve, reject) => child.on('error', reject).on('close', resolve))
}
