/** Records as one line of text each, without the newline, in the forms that other products read. */
import type { SinkRecord } from '#schemas/contracts/sink.ts'
import { cefLine } from '#schemas/forms/cef.ts'
import { combinedLine } from '#schemas/forms/combined.ts'
import { ecsLine } from '#schemas/forms/ecs.ts'
import { leefLine } from '#schemas/forms/leef.ts'
import { ocsfLine } from '#schemas/forms/ocsf.ts'
import { anomalyLine, detectionLine, exchangeLine, type LineOptions, messageLine } from '#schemas/json/lines.ts'

/** `lines` is the JSON contract of schemas/json. */
export const FORMS = ['lines', 'ecs', 'ocsf', 'cef', 'leef', 'combined'] as const
export type Form = (typeof FORMS)[number]

/** Why the form cannot say what is on these topics; null when it can. */
export function misfit(form: Form, topics: readonly SinkRecord['topic'][]): string | null {
  if (form !== 'combined') return null
  const others = topics.filter(topic => topic !== 'exchanges')
  return others.length === 0
    ? null
    : `form combined is an access log: it can hold topic exchanges only, not ${others.join(' and ')}`
}

/** Null when the form has no line for this record. `options` is for `lines`; the other forms never hold bodies. */
export function formLine(form: Form, record: SinkRecord, options: LineOptions): string | null {
  switch (form) {
    case 'lines':
      return jsonLineOf(record, options)
    case 'ecs':
      return ecsLine(record)
    case 'ocsf':
      return ocsfLine(record)
    case 'cef':
      return cefLine(record)
    case 'leef':
      return leefLine(record)
    case 'combined':
      return record.topic === 'exchanges' ? combinedLine(record.value) : null
    default:
      return form satisfies never
  }
}

/** How the lines of a form begin. An access log begins with an address. */
const STARTS: Readonly<Record<Exclude<Form, 'combined'>, string>> = {
  lines: '{"type":"',
  ecs: '{"@timestamp":"',
  ocsf: '{"class_uid":',
  cef: 'CEF:0|Tapwire|',
  leef: 'LEEF:2.0|Tapwire|',
}
const ACCESS = /^(?:-|[\da-f.:]{0,45})(?: (?:-(?: .*)?)?)?$/

/** May a line of this form begin with these characters? They can be fewer than its fixed start, or more. */
export function beginsLine(form: Form, text: string): boolean {
  if (form === 'combined') return ACCESS.test(text)
  const start = STARTS[form]
  return text.startsWith(start) || start.startsWith(text)
}

function jsonLineOf(record: SinkRecord, options: LineOptions): string {
  switch (record.topic) {
    case 'exchanges':
      return record.value.message === null ? exchangeLine(record.value, options) : messageLine(record.value, options)
    case 'detections':
      return detectionLine(record.value)
    case 'anomalies':
      return anomalyLine(record.value)
    default:
      return record satisfies never
  }
}
