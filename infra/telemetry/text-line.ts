/**
 * A log line for people: `2026-11-21T09:30:35.043Z WARN what happened name=value`. Nested values as JSON, so that no text of a
 * field can look like another line; an error with its stack below, indented.
 */
const LEVELS: ReadonlyMap<unknown, string> = new Map([
  [20, 'DEBUG'],
  [30, 'INFO'],
  [40, 'WARN'],
  [50, 'ERROR'],
])
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g

/** `line`: what pino writes, one JSON object with its newline. */
export function textLine(line: string): string {
  const { level, time, msg, error, ...fields } = JSON.parse(line) as Readonly<Record<string, unknown>>
  const words = [time, LEVELS.get(level) ?? level, oneLine(String(msg))]
  for (const [name, value] of Object.entries(fields)) words.push(`${name}=${JSON.stringify(value)}`)
  return `${words.join(' ')}\n${stackOf(error)}`
}

function stackOf(error: unknown): string {
  if (error === null || error === undefined) return ''
  const { stack } = error as { readonly stack?: unknown }
  const text = typeof stack === 'string' ? stack : JSON.stringify(error)
  return `${text.replace(CONTROL, '?').replace(/^/gm, '    ')}\n`
}

function oneLine(text: string): string {
  return text.replaceAll('\n', ' ').replace(CONTROL, '?')
}
