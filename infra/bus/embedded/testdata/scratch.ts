import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type EmbeddedBus, type EmbeddedLimits, openEmbedded } from '#infra/bus/embedded/index.ts'

export interface Scratch extends AsyncDisposable {
  readonly directory: string
  open(limits?: Partial<EmbeddedLimits>, now?: () => number): Promise<EmbeddedBus>
}

/** A directory of its own (or a given one) and the logs opened in it, gone at the end of the test. */
export function scratch(at?: string): Scratch {
  const directory = at ?? mkdtempSync(join(tmpdir(), 'tapwire-bus-'))
  const opened: EmbeddedBus[] = []
  return {
    directory,
    open: async (limits = {}, now = Date.now) => {
      const all = { maxBytes: 1 << 30, reserveBytes: 0, ...limits }
      const bus = await openEmbedded({ directory, partitions: 1, durability: 'process', limits: all, now })
      opened.push(bus)
      return bus
    },
    [Symbol.asyncDispose]: async () => {
      for (const bus of opened) await bus[Symbol.asyncDispose]()
      if (at === undefined) rmSync(directory, { recursive: true })
    },
  }
}
