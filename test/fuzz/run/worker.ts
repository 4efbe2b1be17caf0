/** The thread that a target runs in: it may hang, and is ended then. Before each run the input lies in shared memory. */
import { setImmediate } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { mulberry32 } from '#test/driver/random.ts'
import { minimise } from './minimise.ts'
import { Mutator } from './mutate.ts'
import type { Answer, Job } from './session.ts'
import { loadTarget } from './target.ts'

const { file, seed, seconds, runs, maxLength, only, counters, input: shared } = workerData as Job
const MINIMISE_TRIALS = 2_000
/** Looking at the clock costs as much as a short run. */
const RUNS_PER_LOOK = 16

const port = parentPort!
const target = await loadTarget(file)
const lastInput = new Uint8Array(shared)
let executions = 0

/** What the target throws, or null. */
async function attempt(data: Uint8Array): Promise<unknown> {
  lastInput.set(data)
  counters[1] = data.length
  Atomics.store(counters, 0, ++executions)
  try {
    const running = target.run(data)
    if (running !== undefined) await running
    return null
  } catch (error) {
    return error ?? new Error('threw nothing')
  }
}

/** Another failure than the first one is not the same finding. */
const signature = (error: unknown): string =>
  error instanceof Error ? `${error.name} ${error.stack?.split('\n    at ')[1]}` : String(error)

async function report(input: Uint8Array, error: unknown): Promise<void> {
  const first = signature(error)
  const fails = async (candidate: Uint8Array): Promise<boolean> => {
    const thrown = await attempt(candidate)
    return thrown !== null && signature(thrown) === first
  }
  const minimal = await minimise(input, fails, MINIMISE_TRIALS)
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
  port.postMessage({ executions, finding: { kind: 'throws', input: minimal, message } } satisfies Answer)
}

async function search(): Promise<void> {
  const inputs = only === null ? target.seeds : [only]
  for (const input of inputs) {
    const error = await attempt(Uint8Array.from(input.subarray(0, maxLength)))
    if (error !== null) return report(input.subarray(0, maxLength), error)
  }
  const mutator = new Mutator(mulberry32(seed), target.seeds, target.dictionary, maxLength)
  const end = only === null ? performance.now() + seconds * 1000 : 0
  for (let made = 0; made < runs && performance.now() < end; ) {
    // What was weakly referred to in a turn of the event loop lives until its end: one turn for all runs kept all chains.
    await setImmediate()
    for (let run = 0; run < RUNS_PER_LOOK && made < runs; run++, made++) {
      const input = mutator.next()
      const error = await attempt(input)
      if (error !== null) return report(input, error)
    }
  }
  port.postMessage({ executions, finding: null } satisfies Answer)
}

await search()
