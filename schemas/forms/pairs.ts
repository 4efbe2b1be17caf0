/** What CEF and LEEF say of a record besides their own header: pairs in a fixed order, values not escaped yet. */

import type { SinkRecord } from '#schemas/contracts/sink.ts'
import { ANOMALY_SCALE, SCALE } from '#schemas/forms/facts.ts'

/** The identity of an event, as both headers and severities want it. */
export interface EventName {
  /** A word for the kind of event: `sqli.union-select`, `http.exchange`. */
  readonly id: string
  /** For a person. */
  readonly title: string
  readonly category: 'attack' | 'http' | 'websocket' | 'anomaly'
  /** 0 to 10. */
  readonly severity: number
}

export function eventName(record: SinkRecord): EventName {
  switch (record.topic) {
    case 'exchanges':
      return record.value.message === null
        ? { id: 'http.exchange', title: 'HTTP exchange', category: 'http', severity: 0 }
        : { id: 'websocket.message', title: 'WebSocket message', category: 'websocket', severity: 0 }
    case 'detections': {
      const { rule, why, severity } = record.value
      return { id: rule, title: why, category: 'attack', severity: SCALE[severity] }
    }
    case 'anomalies': {
      const { anomaly } = record.value
      return { id: anomaly, title: `Anomaly ${anomaly}`, category: 'anomaly', severity: ANOMALY_SCALE }
    }
    default:
      return record satisfies never
  }
}

export type Pair = readonly [key: string, value: string | number | null | undefined]
