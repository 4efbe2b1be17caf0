/** What an undisturbed run finds: the same captures through the same chain, in this process, without a log. */
import type { Components } from '#infra/cli/components.ts'
import type { Settings } from '#infra/cli/config.ts'
import { shared } from '#infra/cli/pipeline.ts'
import { readAll } from '#infra/cli/read/offline.ts'
import { openPool, startThreads } from '#infra/cli/read/pool.ts'
import type { LedgerCounts } from '#schemas/records/ledger.ts'

/** Of what is in the topic of exchanges, or of detections. */
export type Kind = 'exchange' | 'detection'

/** WebSocket messages are in the topic of exchanges. */
export function kindOf(line: 'exchange' | 'message' | 'detection'): Kind {
  return line === 'message' ? 'exchange' : line
}

export interface Expected {
  /** Id → what it is, for messages. */
  readonly ids: Readonly<Record<Kind, ReadonlyMap<string, string>>>
  readonly ledger: LedgerCounts
}

const PARTITIONS = 8
const ROUND_BYTES = 1024 * 1024

interface Line {
  readonly type: 'exchange' | 'message' | 'detection'
  readonly id: string
  readonly time: string
  readonly connection: { readonly id: string; readonly client: { readonly ip: string; readonly port: number } }
}

export async function expect(
  captures: readonly string[],
  components: Components,
  { root, processors, directory }: Settings,
  signal: AbortSignal,
): Promise<Expected> {
  const ids = { exchange: new Map<string, string>(), detection: new Map<string, string>() }
  const options = {
    processors: shared(components, processors, PARTITIONS),
    types: ['exchange', 'message', 'detection'] as const,
    bodies: false,
    lines: true,
  }
  const pool = openPool(components, options, startThreads(2))
  const take = async (text: Uint8Array): Promise<void> => {
    for (const json of Buffer.from(text).toString().split('\n')) {
      if (json === '') continue
      const { type, id, time, connection } = JSON.parse(json) as Line
      ids[kindOf(type)].set(
        id,
        `connection ${connection.id} from ${connection.client.ip}:${connection.client.port}, ${time}`,
      )
    }
  }
  const spec = components.producers.get('pcap-file')!
  for (const path of captures) {
    await using producer = await spec.open(spec.config.parse({ path }), {
      sensor: root.sensor,
      partitions: PARTITIONS,
      flowHashKey: Buffer.from('any: it decides about partitions only'),
      position: null,
      batchBytes: ROUND_BYTES,
      directory,
      wire: root.capture,
      stdin: process.stdin,
    })
    await readAll(producer, pool, take, () => {}, signal)
  }
  const { ledger, errors } = await pool.finish()
  if (errors.length > 0) throw new Error(`the undisturbed run failed: ${errors.join('; ')}`)
  return { ids, ledger }
}
