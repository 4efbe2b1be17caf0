/**
 * An API server, as far as lists and watches of pods and namespaces go: HTTPS with an authority of its own, tokens, versions
 * that grow with every change, pages, a history that can be forgotten, bookmarks; and every fault that a test asks for.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Duplex } from 'node:stream'
import { makeCertificates } from '#test/driver/manifests/certificates.ts'

export type Kind = 'pods' | 'namespaces'
type Thing = { readonly metadata: Readonly<Record<string, unknown>> } & Readonly<Record<string, unknown>>

interface Change {
  readonly version: number
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly object: Thing
}

interface Watcher {
  readonly kind: Kind
  readonly node: string | null
  readonly response: ServerResponse
}

export interface Asked {
  readonly kind: Kind
  readonly query: URLSearchParams
  readonly accept: string
}

const SERVICE_ACCOUNT = 'var/run/secrets/kubernetes.io/serviceaccount'

export class ApiServer implements AsyncDisposable {
  /** Before the path of the service account; also holds `kubeconfig`. */
  readonly root = mkdtempSync(join(tmpdir(), 'tapwire-api-'))
  /** Every request that came with the right token. */
  readonly asked: Asked[] = []
  token = 'first-token'
  /** Answers the next request of that kind instead of the server. */
  readonly faults: {
    readonly kind: Kind
    readonly watch: boolean
    readonly answer: (response: ServerResponse) => void
  }[] = []
  refused = 0
  #version = 100
  #forgotten = 0
  readonly #things = { pods: new Map<string, Thing>(), namespaces: new Map<string, Thing>() }
  readonly #history: { readonly kind: Kind; readonly change: Change }[] = []
  readonly #watchers = new Set<Watcher>()
  readonly #sockets = new Set<Duplex>()
  #server: Server | null = null
  #port = 0

  async start(): Promise<void> {
    if (this.#port === 0) {
      makeCertificates(this.root, 'localhost')
      this.#put(`${SERVICE_ACCOUNT}/ca.crt`, readFileSync(join(this.root, 'ca.crt'), 'utf8'))
      this.writeToken(this.token)
    }
    const [key, cert] = [readFileSync(join(this.root, 'tls.key')), readFileSync(join(this.root, 'tls.crt'))]
    this.#server = createServer({ key, cert }, (request, response) => this.#answer(request, response))
    this.#server.on('connection', socket => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    })
    await new Promise<void>(resolve => this.#server!.listen(this.#port, '127.0.0.1', resolve))
    this.#port = (this.#server.address() as AddressInfo).port
    process.env['KUBERNETES_SERVICE_HOST'] = 'localhost'
    process.env['KUBERNETES_SERVICE_PORT'] = String(this.#port)
    this.#put('kubeconfig', JSON.stringify(this.#kubeconfig()))
  }

  /** Away: nothing listens, and all connections are gone. What it holds stays. */
  async stop(): Promise<void> {
    const closed = new Promise(resolve => this.#server?.close(resolve))
    // Not closeAllConnections: that forgets those which have not finished their handshake.
    for (const socket of this.#sockets) socket.destroy()
    this.#watchers.clear()
    await closed
  }

  get watchers(): number {
    return this.#watchers.size
  }

  writeToken(token: string): void {
    this.#put(`${SERVICE_ACCOUNT}/token`, token)
  }

  put(kind: Kind, object: Thing): void {
    const key = keyOf(object)
    const type = this.#things[kind].has(key) ? 'MODIFIED' : 'ADDED'
    this.#change(kind, type, object)
  }

  delete(kind: Kind, object: Thing): void {
    this.#change(kind, 'DELETED', object)
  }

  /** What a watch from an older version would need is gone, as after minutes. */
  forget(): void {
    this.#forgotten = this.#version
    this.#history.length = 0
  }

  bookmark(kind: Kind): void {
    this.#version++
    const object = { kind: 'Thing', metadata: { resourceVersion: String(this.#version) } }
    this.send(kind, `${JSON.stringify({ type: 'BOOKMARK', object })}\n`)
  }

  /** Any bytes, to all who watch. */
  send(kind: Kind, text: string): void {
    for (const { response } of this.#of(kind)) response.write(text)
  }

  /** Ends all watches, as a server does after a while. */
  end(kind: Kind): void {
    for (const watcher of this.#of(kind)) {
      watcher.response.end()
      this.#watchers.delete(watcher)
    }
  }

  /** Cuts all watches, in the middle of an event. */
  cut(kind: Kind): void {
    for (const watcher of this.#of(kind)) {
      watcher.response.write('{"type":"ADDED","object":{"metada')
      watcher.response.socket?.destroySoon()
      this.#watchers.delete(watcher)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    rmSync(this.root, { recursive: true })
  }

  #of(kind: Kind): readonly Watcher[] {
    return [...this.#watchers].filter(watcher => watcher.kind === kind)
  }

  #change(kind: Kind, type: Change['type'], given: Thing): void {
    this.#version++
    const object = { ...given, metadata: { ...given.metadata, resourceVersion: String(this.#version) } }
    if (type === 'DELETED') this.#things[kind].delete(keyOf(given))
    else this.#things[kind].set(keyOf(given), object)
    const change = { version: this.#version, type, object }
    this.#history.push({ kind, change })
    for (const watcher of this.#of(kind)) this.#tell(watcher, change)
  }

  #tell({ node, response }: Watcher, { type, object }: Change): void {
    if (node === null || nodeOf(object) === node) response.write(`${JSON.stringify({ type, object })}\n`)
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'https://localhost')
    const kind = url.pathname === '/api/v1/pods' ? 'pods' : url.pathname === '/api/v1/namespaces' ? 'namespaces' : null
    const watch = url.searchParams.has('watch')
    const fault = this.faults.findIndex(wanted => wanted.kind === kind && wanted.watch === watch)
    if (request.headers.authorization !== `Bearer ${this.token}`) {
      this.refused++
      fail(response, 401)
    } else if (kind === null || request.method !== 'GET') fail(response, 404)
    else {
      this.asked.push({ kind, query: url.searchParams, accept: request.headers.accept ?? '' })
      if (fault >= 0) this.faults.splice(fault, 1)[0]!.answer(response)
      else if (watch) this.#watch(kind, url.searchParams, response)
      else this.#list(kind, url.searchParams, response)
    }
  }

  #list(kind: Kind, query: URLSearchParams, response: ServerResponse): void {
    const node = selectedNode(query)
    const from = Number(query.get('continue') ?? 0)
    const limit = Number(query.get('limit') ?? 500)
    const all = [...this.#things[kind].values()].filter(object => node === null || nodeOf(object) === node)
    const rest = from + limit < all.length ? { continue: String(from + limit) } : {}
    const metadata = { resourceVersion: String(this.#version), ...rest }
    reply(response, 200, JSON.stringify({ kind: 'List', metadata, items: all.slice(from, from + limit) }))
  }

  #watch(kind: Kind, query: URLSearchParams, response: ServerResponse): void {
    const from = Number(query.get('resourceVersion'))
    const watcher = { kind, node: selectedNode(query), response }
    response.writeHead(200, { 'content-type': 'application/json' })
    response.flushHeaders()
    if (from < this.#forgotten) {
      const status = { kind: 'Status', code: 410, reason: 'Expired' }
      return void response.end(`${JSON.stringify({ type: 'ERROR', object: status })}\n`)
    }
    for (const { kind: of, change } of this.#history)
      if (of === kind && change.version > from) this.#tell(watcher, change)
    this.#watchers.add(watcher)
    response.on('close', () => this.#watchers.delete(watcher))
  }

  #put(path: string, text: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true })
    writeFileSync(join(this.root, path), text)
  }

  #kubeconfig() {
    const server = `https://localhost:${this.#port}`
    return {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'test',
      clusters: [{ name: 'test', cluster: { server, 'certificate-authority': join(this.root, 'ca.crt') } }],
      users: [{ name: 'test', user: { token: this.token } }],
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    }
  }
}

export function reply(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(text)
}

export function fail(response: ServerResponse, code: number, headers: Record<string, string> = {}): void {
  reply(response, code, JSON.stringify({ kind: 'Status', status: 'Failure', code }), headers)
}

function keyOf({ metadata }: Thing): string {
  return `${String(metadata['namespace'])}/${String(metadata['name'])}`
}

function nodeOf(object: Thing): unknown {
  return (object['spec'] as { readonly nodeName?: string } | undefined)?.nodeName
}

function selectedNode(query: URLSearchParams): string | null {
  return /^spec\.nodeName=(.+)$/.exec(query.get('fieldSelector') ?? '')?.[1] ?? null
}
