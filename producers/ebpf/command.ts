/** The agent's program and its command line (agent/PROTOCOL.md). */
import { accessSync, constants } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Command } from './agent-process.ts'

/** Where the build puts it. */
export const AGENT = fileURLToPath(new URL('agent/build/tapwire-agent', import.meta.url))

export interface AgentOptions {
  readonly agent?: string | undefined
  readonly tls: boolean
  readonly limits: {
    readonly connections: number
    readonly processes: number
    readonly ringBytes: number
    readonly callBytes: number
    readonly heldBytes: number
  }
}

export function commandOf({ agent, tls, limits }: AgentOptions): Command {
  const { ringBytes, callBytes, connections, processes, heldBytes } = limits
  const options: readonly (readonly [string, number])[] = [
    ['--ring-bytes', ringBytes],
    ['--call-bytes', callBytes],
    ['--connections', connections],
    ['--processes', processes],
    ['--held-bytes', heldBytes],
  ]
  const args = options.flatMap(([name, value]) => [name, String(value)])
  return { program: agent ?? AGENT, args: [...args, '--process-events', ...(tls ? [] : ['--no-tls'])] }
}

export function isBuilt({ program }: Command): boolean {
  try {
    accessSync(program, constants.X_OK)
    return true
  } catch {
    return false
  }
}
