/** `infra/tapwire fuzz [TARGET...] [--seconds N] [--seed S] [--base64 INPUT]`: looks for inputs that break a target. */
import { parseArgs } from 'node:util'
import { describeFinding } from './run/report.ts'
import { fuzz, type Options } from './run/session.ts'
import { targetFile, targetNames } from './run/target.ts'

const SECONDS = 30

/** Exit code 1 when something was found, 2 for wrong usage. */
export async function runMain(args: readonly string[]): Promise<number> {
  const usage = (what: string): number => {
    process.stderr.write(`tapwire fuzz: ${what}; targets are ${targetNames().join(', ')}\n`)
    return 2
  }
  let parsed: ReturnType<typeof parse>
  try {
    parsed = parse(args)
  } catch (error) {
    return usage((error as Error).message.split('. ')[0]!)
  }
  const { values, positionals } = parsed
  const unknown = positionals.find(name => !targetNames().includes(name))
  if (unknown !== undefined) return usage(`no target ${JSON.stringify(unknown)}`)
  const seconds = Number(values.seconds ?? SECONDS)
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32))
  if (!(seconds >= 0) || !Number.isInteger(seed)) return usage('--seconds and --seed are numbers')
  if (values.base64 !== undefined && positionals.length !== 1) return usage('--base64 needs one target')

  const options: Options = {
    seed,
    seconds,
    ...(values.base64 === undefined ? {} : { only: Buffer.from(values.base64, 'base64') }),
  }
  let found = 0
  for (const name of positionals.length > 0 ? positionals : targetNames()) {
    const started = performance.now()
    const { executions, finding } = await fuzz(targetFile(name), options)
    const rate = Math.round(executions / ((performance.now() - started) / 1000))
    process.stdout.write(`${name.padEnd(20)} ${String(executions).padStart(9)} runs, ${rate} a second, seed ${seed}\n`)
    if (finding === null) continue
    found++
    process.stdout.write(`✖ ${describeFinding(name, seed, finding)}\n`)
  }
  return found === 0 ? 0 : 1
}

function parse(args: readonly string[]) {
  const options = { seconds: { type: 'string' }, seed: { type: 'string' }, base64: { type: 'string' } } as const
  return parseArgs({ args: [...args], options, allowPositionals: true })
}
