/** Batches as text. */
import { createHash } from 'node:crypto'
import type { SinkRecord } from '#schemas/contracts/sink.ts'
import { anomalyLine, detectionLine, exchangeLine, messageLine } from '#schemas/json/lines.ts'
import type { Config } from './config.ts'
import { newHits } from './hit.ts'

export const CONTENT_TYPE = { ndjson: 'application/x-ndjson', array: 'application/json' } as const

export function bodyOf(batch: readonly SinkRecord[], config: Config): string {
  const records = batch.map(record => textOf(record, config))
  return config.format === 'array' ? `[${records.join()}]` : `${records.join('\n')}\n`
}

/** The same records in the same order give the same id: 32 hexadecimal digits. */
export function idOf(batch: readonly SinkRecord[]): string {
  const hash = createHash('sha256')
  for (const { topic, value } of batch) hash.update(`${topic} ${value.id}\n`)
  return hash.digest('hex').slice(0, 32)
}

function textOf(record: SinkRecord, config: Config): string {
  switch (record.topic) {
    case 'exchanges':
      return record.value.message === null ? exchangeLine(record.value, config) : messageLine(record.value, config)
    case 'detections':
      return config.shape === 'new-hits' ? JSON.stringify(newHits(record.value, config)) : detectionLine(record.value)
    case 'anomalies':
      return anomalyLine(record.value)
    default:
      return record satisfies never
  }
}
