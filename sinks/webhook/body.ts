/** Batches as text. */
import { createHash } from 'node:crypto'
import type { SinkRecord } from '#schemas/contracts/sink.ts'
import { anomalyLine, detectionLine, exchangeLine, messageLine } from '#schemas/json/lines.ts'
import type { Config } from './config.ts'
import { newHits } from './hit.ts'

export const CONTENT_TYPE = { ndjson: 'application/x-ndjson', array: 'application/json' } as const

export function bodyOf(batch: readonly SinkRecord[], config: Config): string {
  if (config.format === 'array') return `[${batch.map(record => textOf(record, config)).join()}]`
  // Appended, not joined: a join would copy every line once more.
  let lines = ''
  for (const record of batch) lines += `${textOf(record, config)}\n`
  return lines
}

/** The same records in the same order give the same id: 32 hexadecimal digits. */
export function idOf(batch: readonly SinkRecord[]): string {
  const ids = batch.map(({ topic, value }) => `${topic} ${value.id}\n`).join('')
  return createHash('sha256').update(ids).digest('hex').slice(0, 32)
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
