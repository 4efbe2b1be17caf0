/** How the records of this configuration are masked: plain data for worker threads, and what is made of it. */
import { resolve } from 'node:path'
import { type MaskRecord, maskingKey, maskRecords } from '#infra/runtime/masking/index.ts'
import type { MaskingConfig } from '#schemas/config/masking.ts'
import { Usage } from '#schemas/contracts/errors.ts'
import type { Settings } from '../config.ts'
import { nodeHashKey } from '../flow-hash-key.ts'

export interface MaskingPlan {
  readonly config: Omit<MaskingConfig, 'key'>
  readonly key: Uint8Array
}

const SHORTEST_KEY = 16
const NO_KEY = new Uint8Array(0)

export function maskingPlan(settings: Settings): MaskingPlan {
  const { key, ...config } = settings.root.masking
  if (!config.enabled) return { config, key: NO_KEY }
  const own = key === undefined ? null : Buffer.from(key.reveal())
  if (own !== null && own.length < SHORTEST_KEY)
    throw new Usage(`masking.key: ${own.length} bytes; ${SHORTEST_KEY} at least, e.g. from 'openssl rand -hex 16'`)
  return { config, key: maskingKey(own ?? nodeKey(settings)) }
}

export function masker({ config, key }: MaskingPlan): MaskRecord {
  return maskRecords(config, key)
}

/** Values that are equal stay equal on all nodes: so with Kafka the key has to be given. */
function nodeKey({ root, directory }: Settings): Uint8Array {
  if (root.log.kind === 'kafka' && root.flowHashKey === undefined)
    throw new Usage(
      "masking.key: needed with Kafka where flowHashKey is not given, the same on every node: put the output of 'openssl rand -hex 16' into a file or variable and name that (masking: { key: { file: … } })",
    )
  return nodeHashKey(
    root.flowHashKey,
    root.log.kind === 'embedded' ? resolve(directory, root.log.directory) : directory,
  )
}
