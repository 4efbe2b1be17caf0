/** What a schema registry has to know before values can be written that name their schema by its id. */
import { RegistryFormat, type RegistryOptions } from '#infra/bus/kafka/registry/format.ts'
import type { FormatTopic } from '#infra/bus/kafka/value-format.ts'
import { Usage } from '#schemas/contracts/errors.ts'
import { monotone } from '../run/clock.ts'
import type { Difference } from './differences.ts'

/** One per topic whose schema the registry does not have. Throws `Retryable` when it does not answer. */
export async function schemaDifferences(
  registry: RegistryOptions,
  topics: readonly FormatTopic[],
): Promise<readonly Difference[]> {
  const format = new RegistryFormat({ ...registry, register: false }, monotone)
  const differences: Difference[] = []
  for (const topic of topics) {
    try {
      await format.prepare([topic])
    } catch (error) {
      if (!(error instanceof Usage)) throw error
      const { kafkaName, schema } = topic
      const both = { topic: kafkaName, what: 'schema', have: 'not in the registry', want: schema }
      differences.push({ ...both, why: error.message, mend: 'register' })
    }
  }
  return differences
}

/** Throws `Usage` when the registry refuses: what is there may not go with ours, or we may not write. */
export async function registerSchemas(registry: RegistryOptions, topics: readonly FormatTopic[]): Promise<void> {
  await new RegistryFormat({ ...registry, register: true }, monotone).prepare(topics)
}
