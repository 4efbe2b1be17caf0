/** HTTP: chunks of connections become exchanges. See README.md. */
import type { ProcessorSpec } from '#schemas/contracts/processor.ts'
import type { ProtocolSpec } from '#schemas/contracts/protocol.ts'
import type { Chunk } from '#schemas/records/chunk.ts'
import { type Config, config } from './config.ts'
import { HttpStage } from './stage.ts'
import type { Tracked } from './tracked.ts'

const spec: ProcessorSpec<Config, Chunk, Tracked> = {
  kind: 'processor',
  name: 'http',
  summary: 'Turns reassembled streams into HTTP exchanges',
  config,
  input: 'chunks',
  outputs: ['decoded', 'anomalies'],
  parts: { protocols: 'protocols' },
  share: (config, tasks) => ({
    ...config,
    connections: Math.ceil(config.connections / tasks),
    memory: Math.max(65_536, Math.ceil(config.memory / tasks)),
  }),
  create: (config, parts) => new HttpStage(config, parts['protocols'] as readonly ProtocolSpec[]),
}

export default spec
