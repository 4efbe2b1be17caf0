/** Copiers (copier.ts) as processes of a test, killed with it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import type { CopierPlan } from './copier.ts'

const PROGRAM = new URL('./copier.ts', import.meta.url).pathname

export interface Copier {
  /** What it said. */
  readonly lines: readonly string[]
  kill(signal: NodeJS.Signals): void
  /** Lets it leave. Resolves with its exit code when it ended by itself, with the signal when it was killed. */
  end(): Promise<number | NodeJS.Signals>
}

export function spawnCopier(t: TestContext, plan: CopierPlan): Copier {
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(plan)], { stdio: ['pipe', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  const lines: string[] = []
  createInterface(child.stdout).on('line', line => lines.push(line))
  const exit = once(child, 'exit')
  return {
    lines,
    kill: signal => void child.kill(signal),
    end: async () => {
      child.stdin.end()
      const [code, signal] = await exit
      return code ?? signal
    },
  }
}
