import { readFileSync } from 'node:fs'
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SinkRecord } from '#schemas/contracts/sink.ts'
import { detection } from '#test/driver/records.ts'
import { type SinkWorld, sinkSuite } from '#test/suites/sink.ts'
import log from './index.ts'

/** A file: readers know repeats by their ids. */
sinkSuite('log', [], async (): Promise<SinkWorld<SinkRecord>> => {
  const directory = await mkdtempDisposable(join(tmpdir(), 'tapwire-log-'))
  const config = log.config.parse({})
  return {
    open: () => log.open(config, { stdout: process.stdout, directory: directory.path }),
    record: n => ({ topic: 'detections', value: detection({ id: String(n) }) }),
    held: async () => {
      const lines = readFileSync(join(directory.path, 'tapwire.jsonl'), 'utf8').split('\n').slice(0, -1)
      return [...new Set(lines.map(line => Number((JSON.parse(line) as { readonly id: string }).id)))]
    },
    [Symbol.asyncDispose]: () => directory.remove(),
  }
})
