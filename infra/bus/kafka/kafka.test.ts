import { after, test } from 'node:test'
import { type KafkaBus, openKafka } from '#infra/bus/kafka/index.ts'
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
  const options = optionsFor(found)
  // One log for all: opening and closing takes longer than most of the tests.
  let bus: KafkaBus | null = null
  after(() => bus?.[Symbol.asyncDispose]())
  busSuite(`Kafka ${found.version}`, async () => {
    bus ??= await openKafka(options)
    return {
      bus,
      reopen: async () => {
        await bus?.[Symbol.asyncDispose]()
        bus = await openKafka(options)
        return bus
      },
      close: async () => {},
    }
  })
}
