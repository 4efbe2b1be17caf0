/** A node that runs while a test looks at it: `tapwire run` on an embedded log of its own. */
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { tapwire } from './tapwire.ts'
import { freePort } from './telemetry.ts'

const READY_WITHIN_MS = 60_000

export interface RunningNode {
  readonly folder: string
  /** Path of its configuration. */
  readonly config: string
  stop(): Promise<void>
}

/** Resolves when it is ready. `configuration`: what it does, without log and telemetry. */
export async function nodeOn(configuration: (folder: string) => string): Promise<RunningNode> {
  const folder = mkdtempSync(join(tmpdir(), 'tapwire-node-'))
  const config = join(folder, 'tapwire.yaml')
  const telemetry = await freePort()
  writeFileSync(
    config,
    `${configuration(folder)}log: { kind: embedded, directory: log, partitions: 2, reserveBytes: 0 }
telemetry: { listen: "127.0.0.1:${telemetry}" }
`,
  )
  let process: ChildProcess | undefined
  const ended = tapwire(['run', '--config', config], {
    during: child => {
      process = child
    },
  })
  let died: string | null = null
  void ended.then(({ stderr }) => {
    died = stderr
  })
  const deadline = performance.now() + READY_WITHIN_MS
  while (!(await isReady(telemetry))) {
    if (died !== null || performance.now() > deadline)
      throw new Error(`the node did not get ready: ${died ?? 'it is late'}`)
    await delay(50)
  }
  return {
    folder,
    config,
    async stop() {
      process?.kill('SIGINT')
      await ended
      rmSync(folder, { recursive: true })
    },
  }
}

async function isReady(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/ready`)
    await answer.body?.cancel()
    return answer.ok
  } catch {
    return false // it does not listen yet
  }
}
