import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type EmbeddedBus, type EmbeddedOptions, openEmbedded } from '#infra/bus/embedded/index.ts'
import { busSuite } from '#test/suites/bus.ts'

for (const durability of ['power', 'process'] as const) {
  busSuite(`embedded, ${durability}`, async () => {
    const directory = mkdtempSync(join(tmpdir(), 'tapwire-bus-'))
    const options: EmbeddedOptions = {
      directory,
      partitions: 1,
      durability,
      limits: { maxBytes: 1 << 30, reserveBytes: 0 },
    }
    let current: EmbeddedBus = await openEmbedded(options)
    return {
      bus: current,
      reopen: async () => {
        await current[Symbol.asyncDispose]()
        current = await openEmbedded(options)
        return current
      },
      close: async () => {
        await current[Symbol.asyncDispose]()
        rmSync(directory, { recursive: true })
      },
    }
  })
}
