/** Worker of owner.test.ts: in each round tries to own that round's directory at the same moment as its rivals. */
import { parentPort, workerData } from 'node:worker_threads'
import { own } from '#infra/bus/embedded/owner.ts'
import { Usage } from '#schemas/contracts/errors.ts'

interface Start {
  readonly directories: readonly string[]
  readonly rivals: number
  /** How many rivals arrived at a round, over all rounds. */
  readonly arrived: SharedArrayBuffer
}

const { directories, rivals, arrived } = workerData as Start
const cell = new Int32Array(arrived)
const won: number[] = []
for (const [round, directory] of directories.entries()) {
  Atomics.add(cell, 0, 1)
  // Spinning, not waiting: a wake-up would let the first one finish before the next one starts.
  while (Atomics.load(cell, 0) < (round + 1) * rivals);
  try {
    own(directory)
    won.push(round)
  } catch (error) {
    if (!(error instanceof Usage)) throw error
  }
}
parentPort!.postMessage(won)
