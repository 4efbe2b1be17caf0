/** What the machine has: judged by numbers, so that a test can bring its own. */
import { PARTS, type Part } from '#infra/setup/parts.ts'
import { amount, type Diagnosis, fail, ok, warn } from './check.ts'

const OLDEST_NODE = 24
const GIB = 1024 ** 3
/** What `read` needs for a big capture; a node with full tables needs more. */
const LEAST_MEMORY = 0.5 * GIB
const GOOD_MEMORY = 1.5 * GIB

export function checkNode(version: string): Diagnosis {
  if (Number.parseInt(version, 10) >= OLDEST_NODE) return ok('node', `Node ${version}`)
  return fail('node', `Node ${version} is too old: run infra/tapwire, which brings Node ${OLDEST_NODE}`)
}

export function checkCores(cores: number): Diagnosis {
  if (cores > 1) return ok('cores', `${cores} cores`)
  return warn('cores', 'one core: capture and processing share it; give the machine a second one')
}

export function checkMemory(bytes: number): Diagnosis {
  if (bytes < LEAST_MEMORY) return fail('memory', `${amount(bytes)}: at least ${amount(LEAST_MEMORY)} are needed`)
  if (bytes >= GOOD_MEMORY) return ok('memory', amount(bytes))
  return warn('memory', `${amount(bytes)}: lower openFlows, bufferBytes and memory in the configuration`)
}

/** `installed`: when this copy of Tapwire was put here. Times in ms since 1970. */
export function checkClock(now: number, installed: number): Diagnosis {
  const time = new Date(now).toISOString()
  if (now >= installed) return ok('clock', time)
  return fail('clock', `${time} is before Tapwire was installed: set the clock, results carry capture times`)
}

export function checkParts(parts: readonly Omit<Part, 'install'>[] = PARTS): readonly Diagnosis[] {
  return parts.map(part => {
    const { name, purpose, packages } = part
    if (part.present()) return ok(name, `for ${purpose}`)
    const byHand = packages.length > 0 ? `, or apt-get install ${packages.join(' ')}` : ''
    return warn(name, `optional, for ${purpose}: npm run setup${byHand}`)
  })
}
