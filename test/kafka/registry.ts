/** A schema registry in memory, for tests: subjects, versions, ids, compatibility (BACKWARD), logins, and faults on request. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import avsc from 'avsc'

export interface RegistryServer {
  readonly url: string
  /** Schemas as JSON text, by id. */
  readonly schemas: Map<number, string>
  /** Ids by subject, oldest version first. */
  readonly subjects: Map<string, number[]>
  /** `METHOD path` of every request. */
  readonly requests: string[]
  /** What the Authorization header must be; null: anything. */
  authorization: string | null
  /** Answers the next requests instead of the registry: status and body, or 'silence'. */
  faults: (readonly [status: number, body: string] | 'silence')[]
}

/** A value as a consumer reads it that knows nothing of us: by the id in its header, with the registry's schema. */
export function readAsStranger({ schemas }: RegistryServer, value: Buffer): unknown {
  if (value[0] !== 0) throw new Error(`a value that begins with ${value[0]}: not in the wire format`)
  const schema = schemas.get(value.readInt32BE(1))
  if (schema === undefined) throw new Error(`no schema with id ${value.readInt32BE(1)}`)
  return avsc.Type.forSchema(JSON.parse(schema) as avsc.Schema).fromBuffer(value.subarray(5))
}

interface Reply {
  readonly status: number
  readonly body: unknown
}

const refusal = (status: number, code: number, message: string): Reply => ({
  status,
  body: { error_code: code, message },
})

/** `tls`: certificate and key, PEM in one; then it speaks https only. */
export async function registryServer(t: TestContext, tls: Buffer | null = null): Promise<RegistryServer> {
  const http = tls === null ? createServer() : createTlsServer({ cert: tls, key: tls })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  t.after(() => {
    http.closeAllConnections()
    http.close()
  })
  const registry: RegistryServer = {
    url: `${tls === null ? 'http' : 'https'}://127.0.0.1:${(http.address() as AddressInfo).port}/base`,
    schemas: new Map(),
    subjects: new Map(),
    requests: [],
    authorization: null,
    faults: [],
  }
  serve(http, registry)
  return registry
}

function serve(http: Server, registry: RegistryServer): void {
  http.on('request', async (request, response) => {
    registry.requests.push(`${request.method} ${request.url}`)
    const fault = registry.faults.shift()
    if (fault === 'silence') return
    const { status, body } =
      fault === undefined ? answer(registry, request, await textOf(request)) : { status: fault[0], body: fault[1] }
    response.writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  })
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

function answer(registry: RegistryServer, { method, url, headers }: IncomingMessage, text: string): Reply {
  if (registry.authorization !== null && headers.authorization !== registry.authorization)
    return refusal(401, 40101, 'Unauthorized')
  const [, base, kind, first, last] = url!.split('/').map(decodeURIComponent)
  if (base !== 'base') return refusal(404, 404, 'HTTP 404 Not Found')
  if (method === 'GET' && kind === 'schemas') {
    const schema = registry.schemas.get(Number(last))
    return schema === undefined ? refusal(404, 40403, 'Schema not found') : { status: 200, body: { schema } }
  }
  const { schema } = JSON.parse(text) as { readonly schema: string }
  const ids = registry.subjects.get(first!) ?? []
  const known = ids.find(id => registry.schemas.get(id) === schema)
  if (known !== undefined) return { status: 200, body: { id: known } }
  if (last !== 'versions') return refusal(404, 40403, 'Schema not found')
  const before = ids.at(-1)
  if (before !== undefined && !reads(schema, registry.schemas.get(before)!))
    return refusal(409, 409, 'Schema being registered is incompatible with an earlier schema')
  const same = [...registry.schemas].find(([, text]) => text === schema)?.[0]
  const id = same ?? registry.schemas.size + 1
  registry.schemas.set(id, schema)
  registry.subjects.set(first!, [...ids, id])
  return { status: 200, body: { id } }
}

function reads(newer: string, older: string): boolean {
  const [reader, writer] = [newer, older].map(text => avsc.Type.forSchema(JSON.parse(text) as avsc.Schema))
  try {
    reader!.createResolver(writer!)
    return true
  } catch {
    return false
  }
}
