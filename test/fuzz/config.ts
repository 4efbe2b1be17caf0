/** Fuzz target: a configuration file. It is valid, or every problem is said in a line that starts with its place. */
import assert from 'node:assert/strict'
import { loadComponents } from '#infra/cli/components.ts'
import { schemaFor } from '#infra/cli/config.ts'
import { ConfigError, loadConfig } from '#schemas/config/load.ts'

const schema = schemaFor(await loadComponents())
const LONGEST_MESSAGE = 100_000

export default function config(data: Uint8Array): void {
  try {
    loadConfig(Buffer.from(data).toString(), 'f.yaml', schema)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    assert.ok(error.problems.length > 0)
    assert.ok(error.message.length < LONGEST_MESSAGE, `${error.message.length} characters`)
    for (const line of error.message.split('\n')) assert.match(line, /^f\.yaml:(\d+:\d+ | and )/, line)
  }
}
