import { test } from 'node:test'
import { openKafka } from '#infra/bus/kafka/index.ts'
import { brokersOrReason } from '#test/kafka/brokers.ts'
import { optionsFor } from '#test/kafka/options.ts'
import { missing } from '#test/needs.ts'
import { busSuite } from '#test/suites/bus.ts'

for (const version of ['3.9', '4'] as const) {
  const found = await brokersOrReason({ version })
  if (typeof found === 'string') {
    test(`message log: Kafka ${version}`, t => void missing(t, found))
    continue
  }
  busSuite(`Kafka ${found.version}`, async () => {
    const options = optionsFor(found)
    let bus = await openKafka(options)
    return {
      bus,
      reopen: async () => {
        await bus[Symbol.asyncDispose]()
        bus = await openKafka(options)
        return bus
      },
      close: () => bus[Symbol.asyncDispose](),
    }
  })
}
