/** Opens the log to look at what is stored, beside the node that is using it wherever the log allows that. */
import { resolve } from 'node:path'
import { openEmbedded } from '#infra/bus/embedded/index.ts'
import { openKafka } from '#infra/bus/kafka/index.ts'
import type { Bus } from '#schemas/contracts/bus.ts'
import { Usage } from '#schemas/contracts/errors.ts'
import type { Components } from '../components.ts'
import type { Settings } from '../config.ts'
import { kafkaPlan } from '../run/kafka.ts'
import { openLog } from '../run/open.ts'

/**
 * `read`: a handle that writes nothing and joins no group; the embedded log gives one also while a node runs. `write`: as
 * a node has it; the embedded log gives that to one process at a time and names the holder (`Usage`).
 */
export async function openStored(settings: Settings, components: Components, access: 'read' | 'write'): Promise<Bus> {
  const { log } = settings.root
  if (log.kind === 'memory')
    throw new Usage('log.kind memory keeps nothing when the node ends: there is nothing stored to look at')
  if (log.kind === 'embedded' && access === 'read') {
    const directory = resolve(settings.directory, log.directory)
    const { partitions, durability, maxBytes, reserveBytes } = log
    return openEmbedded({ directory, partitions, durability, limits: { maxBytes, reserveBytes }, readOnly: true })
  }
  const quiet = (): void => {} // what goes wrong for good is thrown
  if (log.kind === 'kafka' && access === 'read')
    return openKafka({ ...kafkaPlan(log), create: false, onWarning: quiet })
  return (await openLog(settings, components, quiet)).bus
}
