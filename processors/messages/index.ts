/** Halves of exchanges that a proxy mirrored become exchanges. See README.md. */
import type { ProcessorSpec } from '#schemas/contracts/processor.ts'
import type { Segment } from '#schemas/records/segment.ts'
import { type Config, config } from './config.ts'
import type { Entry } from './entry.ts'
import { Messages } from './messages.ts'

export default {
  kind: 'processor',
  name: 'messages',
  summary: 'Brings the requests and responses that a proxy mirrored together as HTTP exchanges',
  config,
  input: 'segments',
  outputs: ['decoded', 'anomalies'],
  share: (settings, tasks) => ({
    ...settings,
    halves: Math.max(16, Math.ceil(settings.halves / tasks)),
    memory: Math.max(65_536, Math.ceil(settings.memory / tasks)),
  }),
  create: settings => new Messages(settings),
} satisfies ProcessorSpec<Config, Segment, Entry>
