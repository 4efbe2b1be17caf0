/** An ingest server of producers/envoy as a process of its own; says its port, then takes all and keeps nothing. */
import spec from '#producers/envoy/index.ts'
import { producerHost } from '#test/driver/producer-host.ts'

const config = spec.config.parse({ listen: '127.0.0.1:0' })
const producer = await spec.open(config, producerHost({ partitions: 2 }))
process.stdout.write(`${producer.ports[0]}\n`)
const { signal } = new AbortController()
for (;;) await producer.read(signal)
