/** What leaves a task, as it may be seen (schemas/config/masking.ts says what that is). */
import { hkdfSync } from 'node:crypto'
import type { MaskingConfig } from '#schemas/config/masking.ts'
import type { Detection } from '#schemas/records/detection.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import { Masker } from './masker.ts'
import { maskedDetection, maskedExchange } from './records.ts'

/** A record of a decoded topic, with nothing in it that is not to be seen. */
export type MaskRecord = (topic: string, value: unknown) => unknown

/** Hashes must not be those of flows: whoever sees one kind learns nothing of the other. RFC 5869. */
export function maskingKey(from: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', from, '', 'tapwire masking', 32))
}

/** `key`: of the hashes. Detections of an exchange come behind it, as the chain emits them. */
export function maskRecords(config: Omit<MaskingConfig, 'key'>, key: Uint8Array): MaskRecord {
  if (!config.enabled) return (_, value) => value
  const masker = new Masker(config, key)
  let last = ''
  return (topic, value) => {
    if (topic === 'exchanges') {
      const exchange = value as Exchange
      masker.forget()
      last = exchange.id
      return maskedExchange(exchange, masker)
    }
    if (topic !== 'detections') return value
    const detection = value as Detection
    if (detection.exchange !== last) masker.forget()
    last = detection.exchange
    return maskedDetection(detection, masker)
  }
}
