import type { ProcessorSpec } from '#schemas/contracts/processor.ts'
import type { Segment } from '#schemas/records/segment.ts'
import { type Config, config } from './config.ts'
import type { Flow } from './flow.ts'
import { Tcp } from './tcp.ts'

/** TCP segments into the two byte streams of each connection: `segments` → `chunks`. */
export default {
  kind: 'processor',
  name: 'tcp',
  summary: 'Reassembles TCP segments into in-order chunks per connection and direction',
  config,
  input: 'segments',
  outputs: ['chunks'],
  share: (settings, tasks) => ({
    ...settings,
    openFlows: Math.ceil(settings.openFlows / tasks),
    bufferBytes: Math.max(1024, Math.ceil(settings.bufferBytes / tasks)),
    recentMemory: Math.max(1024, Math.ceil(settings.recentMemory / tasks)),
  }),
  create: settings => new Tcp(settings),
} satisfies ProcessorSpec<Config, Segment, Flow>
