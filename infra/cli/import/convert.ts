/** A file of the reference product into a configuration of ours. */
import type { ConfigDocument } from '#schemas/config/document.ts'
import { ConfigError } from '#schemas/config/load.ts'
import { problemsOf } from '#schemas/config/problems.ts'
import { inputFilters, proxyHeaders, realIpHeader, responses, routeConfig } from './decoding.ts'
import { Draft } from './draft.ts'
import { CAPTURE_MODES, fileSchema, type ReferenceFile } from './file.ts'
import { captureOfGoreplay } from './goreplay.ts'
import { accessLog, detectionsSink, listeners, log, workers } from './node.ts'
import { captureOfTcpStream } from './tcp-stream.ts'
import { noteWithoutMeaning } from './without-meaning.ts'

/** Throws `ConfigError` naming every problem with its place in the file. `name` is only for messages. */
export function convert(file: ConfigDocument, name: string): Draft {
  refuseOtherModes(file, name)
  const schema = fileSchema(Array.isArray(read(file.value, 'tcp_stream', 'from_interface')))
  const result = schema.safeParse(file.value)
  if (!result.success) throw new ConfigError(name, problemsOf(file, result.error.issues, schema))
  const draft = new Draft(file)
  fill(result.data, draft)
  if (draft.problems.length > 0) throw new ConfigError(name, draft.problems)
  draft.notes.sort((a, b) => a.line - b.line || a.column - b.column)
  return draft
}

function fill(file: ReferenceFile, draft: Draft): void {
  noteWithoutMeaning(file, draft)
  capture(file, draft)
  const { middleware, goreplay, tcp_reassembler, proxy_headers, http_inspector } = file
  if (middleware !== undefined) responses(middleware, ['middleware'], draft)
  if (goreplay !== undefined) responses(goreplay, ['goreplay'], draft)
  if (tcp_reassembler !== undefined) responses(tcp_reassembler, ['tcp_reassembler'], draft)
  if (proxy_headers !== undefined) proxyHeaders(proxy_headers, draft)
  if (http_inspector?.real_ip_header !== undefined)
    realIpHeader(http_inspector.real_ip_header, proxy_headers !== undefined, draft)
  if (file.route_config !== undefined) routeConfig(file.route_config, draft)
  if (file.input_filters !== undefined) inputFilters(file.input_filters, draft)
  if (file.drop_on_overload !== undefined)
    draft.set(['capture', 'overload'], file.drop_on_overload ? 'shed' : 'wait', ['drop_on_overload'])
  detectionsSink(file, draft)
  accessLog(file, draft)
  workers(file, draft)
  if (file.log !== undefined) log(file.log, draft)
  listeners(file, draft)
}

function capture(file: ReferenceFile, draft: Draft): void {
  const isSecond = file.mode === 'tcp-capture-v2'
  if (isSecond && file.tcp_stream !== undefined) captureOfTcpStream(file.tcp_stream, draft)
  if (!isSecond) captureOfGoreplay(file.goreplay ?? {}, draft)
  for (const key of isSecond ? (['goreplay', 'middleware'] as const) : (['tcp_stream', 'tcp_reassembler'] as const)) {
    if (file[key] !== undefined) draft.withoutMeaning([key], `of the other generation: mode is ${file.mode}`)
  }
}

/** Said alone: everything else in such a file would be an error that nobody can mend. */
function refuseOtherModes(file: ConfigDocument, name: string): void {
  const mode = read(file.value, 'mode')
  const producer = OTHER_PRODUCERS.get(mode)
  if (producer === undefined) return
  const message = `${String(mode)} takes traffic from ${producer}: there is no such producer here yet. What mirrors packets is read with mode: ${CAPTURE_MODES.join(' or ')}`
  throw new ConfigError(name, [{ ...file.place(['mode'], 'value'), path: ['mode'], message }])
}

const OTHER_PRODUCERS: ReadonlyMap<unknown, string> = new Map([
  ['connector-server', 'connectors over HTTP'],
  ['envoy-external-filter', "Envoy's external processing"],
])

function read(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, step) => (at !== null && typeof at === 'object' ? (Reflect.get(at, step) as unknown) : undefined),
    value,
  )
}
