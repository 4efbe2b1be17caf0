/** `npm run lint`: the checks alone. */
import { fileURLToPath } from 'node:url'
import { runChecks } from '#test/checks.ts'

export async function runMain(): Promise<number> {
  const checks = await runChecks(fileURLToPath(new URL('..', import.meta.url)))
  for (const { name, ok, output, seconds } of checks) {
    process.stdout.write(`${ok ? '✔' : '✖'} ${name} ${seconds.toFixed(1)} s\n${ok ? '' : output}`)
  }
  return checks.every(check => check.ok) ? 0 : 1
}
