/** What an Envoy says over ext_proc, encoded by protobufjs and carried by @grpc/grpc-js: not by anything of ours. */
import { join } from 'node:path'
import { Client, type ClientDuplexStream, credentials, Metadata, type StatusObject } from '@grpc/grpc-js'
import protobuf from 'protobufjs'

const ROOT = await protobuf.load(join(import.meta.dirname, 'ext-proc.proto'))
const REQUEST = ROOT.lookupType('envoy.service.ext_proc.v3.ProcessingRequest')
const RESPONSE = ROOT.lookupType('envoy.service.ext_proc.v3.ProcessingResponse')

export const PROCESS = '/envoy.service.ext_proc.v3.ExternalProcessor/Process'

type Headers = readonly (readonly [name: string, value: string])[]
/** In the JSON form of protobufjs: camel case, one of the parts. */
export type Said = Readonly<Record<string, unknown>>

const headerMap = (headers: Headers): Said => ({
  headers: headers.map(([key, value]) => ({ key, rawValue: Buffer.from(value, 'latin1') })),
})

export const requestHeaders = (headers: Headers, endOfStream = false): Said => ({
  requestHeaders: { headers: headerMap(headers), endOfStream },
})
export const responseHeaders = (headers: Headers, endOfStream = false): Said => ({
  responseHeaders: { headers: headerMap(headers), endOfStream },
})
export const requestBody = (body: Uint8Array | string, endOfStream = false): Said => ({
  requestBody: { body: Buffer.from(body), endOfStream },
})
export const responseBody = (body: Uint8Array | string, endOfStream = false): Said => ({
  responseBody: { body: Buffer.from(body), endOfStream },
})
export const requestTrailers = (headers: Headers): Said => ({ requestTrailers: { trailers: headerMap(headers) } })
export const responseTrailers = (headers: Headers): Said => ({ responseTrailers: { trailers: headerMap(headers) } })

export const OBSERVED: Said = { observabilityMode: true }

/** BodySendMode, by the names of its configuration. */
export const MODE = {
  NONE: 0,
  STREAMED: 1,
  BUFFERED: 2,
  BUFFERED_PARTIAL: 3,
  FULL_DUPLEX_STREAMED: 4,
  GRPC: 5,
} as const

export const modes = (request: number, response: number): Said => ({
  protocolConfig: { requestBodyMode: request, responseBodyMode: response },
})

/** As Envoy sends them with the first message of a path. */
export function attributes(values: Readonly<Record<string, string | number | boolean>>): Said {
  const fields = Object.entries(values).map(([name, value]) => {
    const kind = typeof value === 'string' ? 'stringValue' : typeof value === 'number' ? 'numberValue' : 'boolValue'
    return [name, { [kind]: value }]
  })
  return { attributes: { 'envoy.filters.http.ext_proc': { fields: Object.fromEntries(fields) } } }
}

export function encodeRequest(said: Said): Buffer {
  return Buffer.from(REQUEST.encode(REQUEST.fromObject(said)).finish())
}

/** With the five bytes that gRPC puts before a message. */
export function framed(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(5)
  prefix.writeUInt32BE(message.length, 1)
  return Buffer.concat([prefix, message])
}

/** Bytes as Buffers, enums as numbers. */
export function decodeResponse(bytes: Uint8Array): Said {
  return RESPONSE.toObject(RESPONSE.decode(bytes), { defaults: false })
}

export interface ExtProcStream {
  readonly call: ClientDuplexStream<Said, Said>
  readonly answers: Said[]
  /** How the server, or the connection, ended it. */
  readonly status: Promise<StatusObject>
}

/** A connection as Envoy keeps one; `close` it. */
export class ExtProcClient implements AsyncDisposable {
  readonly #client: Client

  constructor(port: number) {
    this.#client = new Client(`127.0.0.1:${port}`, credentials.createInsecure())
  }

  open(metadata: Readonly<Record<string, string>> = {}): ExtProcStream {
    const meta = new Metadata()
    for (const [name, value] of Object.entries(metadata)) meta.set(name, value)
    const call = this.#client.makeBidiStreamRequest(PROCESS, encodeRequest, decodeResponse, meta)
    const answers: Said[] = []
    const status = new Promise<StatusObject>(resolve => call.on('status', resolve))
    call.on('data', answer => answers.push(answer)).on('error', () => {})
    return { call, answers, status }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close()
  }
}
