/**
 * The thread in which the engine `cap` writes, so that it can go on capturing while nobody reads: the kernel's buffer is a
 * small one with cap (a slot of 64 KiB per packet). What waits to be written is bounded; at the bound the capture waits,
 * and what the kernel's buffer cannot hold then is dropped and counted by the kernel.
 */
import { writeSync } from 'node:fs'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

const STDOUT = 1

export class Outlet {
  readonly #worker: Worker
  readonly #most: number
  /** Bytes that wait. */
  readonly #waiting = new Int32Array(new SharedArrayBuffer(4))

  /** `most`: below 2 GiB. `onError`: nobody will read any more. */
  constructor(most: number, onError: (error: Error) => void) {
    this.#most = most
    // Else Node would open this process's standard output for it, and make it non-blocking by that.
    const streams = { stdout: true, stderr: true }
    this.#worker = new Worker(new URL(import.meta.url), { workerData: this.#waiting, ...streams })
    this.#worker.on('error', onError)
  }

  /** Copies. Blocks while too much waits. */
  put(bytes: Uint8Array): void {
    for (;;) {
      const waiting = Atomics.load(this.#waiting, 0)
      if (waiting === 0 || waiting + bytes.length <= this.#most) break
      Atomics.wait(this.#waiting, 0, waiting)
    }
    Atomics.add(this.#waiting, 0, bytes.length)
    const copy = Uint8Array.from(bytes)
    this.#worker.postMessage(copy, [copy.buffer])
  }
}

if (!isMainThread && workerData instanceof Int32Array) {
  const waiting = workerData
  parentPort!.on('message', (bytes: Uint8Array) => {
    for (let at = 0; at < bytes.length; ) at += writeSync(STDOUT, bytes, at)
    Atomics.sub(waiting, 0, bytes.length)
    Atomics.notify(waiting, 0)
  })
}
