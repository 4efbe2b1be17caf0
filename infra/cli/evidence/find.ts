/** A detection of the log by its id. */
import { decodeRecord } from '#schemas/avro/records.ts'
import type { Bus } from '#schemas/contracts/bus.ts'
import { Refused, Usage } from '#schemas/contracts/errors.ts'
import type { Detection } from '#schemas/records/detection.ts'

const ID = /^[0-9a-f]{24}$/

/** Throws `Usage` when this cannot be the id of a detection. */
export function checkId(id: string): void {
  if (!ID.test(id))
    throw new Usage(
      `${JSON.stringify(id.slice(0, 100))} is no id of a detection: 24 hexadecimal digits, as in its line`,
    )
}

/**
 * Looks through the topic, a batch at a time; decodes only records that hold the id's letters. Throws `Refused` when there is
 * none.
 */
export async function findDetection(bus: Bus, id: string): Promise<Detection> {
  const letters = Buffer.from(id)
  for (let partition = 0; partition < bus.partitions('detections'); partition++) {
    for await (const { records } of bus.read('detections', partition, 0)) {
      for (const { value } of records) {
        if (value === null || !Buffer.from(value.buffer, value.byteOffset, value.length).includes(letters)) continue
        const detection = decodeRecord('detections', value)
        if (detection.id === id) return detection
      }
    }
  }
  throw new Refused(
    'not-found',
    `no detection ${id} is stored: it is of another log, or older than the topic's retention`,
  )
}
