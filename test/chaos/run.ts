/** `npm run chaos -- --minutes N`: see README.md. */

import { runChaos } from './chaos.ts'
import { type ChaosOptions, chaosOptions, HELP } from './options.ts'

/** Exit code 0: nothing lost, nothing twice; 1: not so, or it could not be run; 2: wrong options; 130: interrupted. */
export async function runMain(args: readonly string[]): Promise<number> {
  let options: ChaosOptions | null
  try {
    options = chaosOptions(args)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`)
    return 2
  }
  if (options === null) {
    process.stdout.write(HELP)
    return 0
  }
  const interrupted = new AbortController()
  const interrupt = (): void => interrupted.abort(new Error('interrupted'))
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  try {
    const { signal } = interrupted
    const { passed, line } = await runChaos(options, { show: text => void process.stdout.write(text), signal })
    process.stdout.write(`${line}\n`)
    return passed ? 0 : 1
  } catch (error) {
    if (interrupted.signal.aborted) return 130
    process.stdout.write(`chaos: FAIL ${error instanceof Error ? error.stack : String(error)}\n`)
    return 1
  } finally {
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', interrupt)
  }
}
