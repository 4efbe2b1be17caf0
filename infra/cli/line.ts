/** JSON lines by topic: what `read` and `replay` print, and how their `--only` is read. */
import { closest } from '#schemas/config/closest.ts'
import { Usage } from '#schemas/contracts/errors.ts'
import { anomalyLine, detectionLine, exchangeLine } from '#schemas/json/lines.ts'
import type { Anomaly } from '#schemas/records/anomaly.ts'
import type { Detection } from '#schemas/records/detection.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import type { Processors } from './components.ts'
import { LINE_TOPICS, LINE_TYPES, type LineType, stagesFor } from './pipeline.ts'

/** The value's line, without the newline. */
export function lineOf(topic: string, value: unknown, bodies: boolean): string {
  switch (topic) {
    case LINE_TOPICS.exchange:
      return exchangeLine(value as Exchange, { bodies })
    case LINE_TOPICS.detection:
      return detectionLine(value as Detection)
    case LINE_TOPICS.anomaly:
      return anomalyLine(value as Anomaly)
    default:
      throw new Error(`no JSON line for topic ${topic}`)
  }
}

/** The types of `--only`; without it exchanges and detections. Throws `Usage` for a type that there is not. */
export function lineTypes(only: string | undefined, components: Processors): readonly LineType[] {
  if (only === undefined) return ['exchange', 'detection']
  return only.split(',').map(word => {
    const type = LINE_TYPES.find(known => known === word.trim())
    if (type === undefined) {
      const hint = closest(word, LINE_TYPES)
      throw new Usage(
        `--only: unknown type ${JSON.stringify(word)}${hint === null ? '' : ` (did you mean ${hint}?)`}; types are ${LINE_TYPES.join(', ')}`,
      )
    }
    stagesFor(components, 'segments', [LINE_TOPICS[type]])
    return type
  })
}
