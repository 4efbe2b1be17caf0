/** JSON lines by topic: what `read` and `replay` print, and how their `--only` is read. */
import { closest } from '#schemas/config/closest.ts'
import { Usage } from '#schemas/contracts/errors.ts'
import { anomalyLine, detectionLine, exchangeLine, messageLine } from '#schemas/json/lines.ts'
import type { Anomaly } from '#schemas/records/anomaly.ts'
import type { Detection } from '#schemas/records/detection.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import type { Processors } from './components.ts'
import { LINE_TOPICS, LINE_TYPES, type LineType, stagesFor } from './pipeline.ts'

/** Which line a value of this topic becomes. */
export function lineTypeOf(topic: string, value: unknown): LineType {
  switch (topic) {
    case LINE_TOPICS.exchange:
      return (value as Exchange).message === null ? 'exchange' : 'message'
    case LINE_TOPICS.detection:
      return 'detection'
    case LINE_TOPICS.anomaly:
      return 'anomaly'
    default:
      throw new Error(`no JSON line for topic ${topic}`)
  }
}

/** The value's line, without the newline. */
export function lineOf(topic: string, value: unknown, bodies: boolean): string {
  const type = lineTypeOf(topic, value)
  switch (type) {
    case 'exchange':
      return exchangeLine(value as Exchange, { bodies })
    case 'message':
      return messageLine(value as Exchange, { bodies })
    case 'detection':
      return detectionLine(value as Detection)
    case 'anomaly':
      return anomalyLine(value as Anomaly)
    default:
      return type satisfies never
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
