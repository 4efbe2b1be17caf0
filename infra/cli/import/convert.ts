/** A file of the reference product into a configuration of ours. */
import type { ConfigDocument } from '#schemas/config/document.ts'
import { ConfigError } from '#schemas/config/load.ts'
import { problemsOf } from '#schemas/config/problems.ts'
import { inputFilters, proxyHeaders, realIpHeader, responses, routeConfig } from './decoding.ts'
import { Draft } from './draft.ts'
import { ingestOfEnvoy } from './envoy.ts'
import { fileSchema, READ_MODES, type ReferenceFile } from './file.ts'
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
  if (file.mode !== 'envoy-external-filter') {
    if (middleware !== undefined) responses(middleware, ['middleware'], draft)
    if (goreplay !== undefined) responses(goreplay, ['goreplay'], draft)
    if (tcp_reassembler !== undefined) responses(tcp_reassembler, ['tcp_reassembler'], draft)
  }
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
  const { mode } = file
  if (mode === 'tcp-capture-v2' && file.tcp_stream !== undefined) captureOfTcpStream(file.tcp_stream, draft)
  if (mode === 'tcp-capture') captureOfGoreplay(file.goreplay ?? {}, draft)
  if (mode === 'envoy-external-filter') ingestOfEnvoy(file, draft)
  for (const [key, of] of SOURCES) {
    if (of !== mode && file[key] !== undefined) draft.withoutMeaning([key], `of another mode: mode is ${mode}`)
  }
}

/** Parts of the file that only one mode reads. */
const SOURCES = [
  ['goreplay', 'tcp-capture'],
  ['middleware', 'tcp-capture'],
  ['tcp_stream', 'tcp-capture-v2'],
  ['tcp_reassembler', 'tcp-capture-v2'],
  ['envoy_external_filter', 'envoy-external-filter'],
] as const

/** Said alone: everything else in such a file would be an error that nobody can mend. */
function refuseOtherModes(file: ConfigDocument, name: string): void {
  const mode = read(file.value, 'mode')
  if (mode !== 'connector-server') return
  const message = `connector-server takes traffic from connectors over HTTP: there is no such producer here. Modes that are read: ${READ_MODES.join(', ')}`
  throw new ConfigError(name, [{ ...file.place(['mode'], 'value'), path: ['mode'], message }])
}

function read(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, step) => (at !== null && typeof at === 'object' ? (Reflect.get(at, step) as unknown) : undefined),
    value,
  )
}
