/**
 * `npm test [-- PATH...]`: type check, lint and every *.test.ts; with paths, only the test files below those. Ends with the
 * line `N passed, N failed, N skipped`.
 */
import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { run } from 'node:test'
import { fileURLToPath } from 'node:url'
import { runChecks } from '#test/checks.ts'
import { shareBrokers } from '#test/kafka/share.ts'
import { Report } from '#test/report.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const FOLDERS = '{schemas,producers,processors,sinks,infra,test}'
/** A test that hangs ends the run with its name, not with CI's patience. */
const TEST_TIMEOUT_MS = 600_000

/** Exit code 0 when nothing failed. */
export async function runMain(paths: readonly string[]): Promise<number> {
  const report = new Report(ROOT, text => process.stdout.write(text))
  const files = testFiles(paths)
  if (files.length === 0) {
    process.stderr.write(`tapwire test: no *.test.ts below ${paths.join(' ')}\n`)
    return 2
  }
  if (paths.length === 0) {
    for (const { name, ok, output } of await runChecks(ROOT)) report.add(name, ok ? {} : { failure: output })
  }
  process.chdir(ROOT)
  await using _ = shareBrokers()
  const events = run({ files, concurrency: availableParallelism(), timeout: TEST_TIMEOUT_MS })
  for await (const event of events) report.event(event)
  report.end()
  return report.counts.failed === 0 ? 0 : 1
}

function testFiles(paths: readonly string[]): string[] {
  const all = globSync(`${FOLDERS}/**/*.test.ts`, { cwd: ROOT })
  const wanted = all.filter(
    file => paths.length === 0 || paths.some(path => file.startsWith(path.replace(/^\.\//, ''))),
  )
  return wanted.toSorted().map(file => join(ROOT, file))
}
