/**
 * Requests to the API server, through the official client library: it reads kubeconfig files and the service account, checks
 * the server against its authority and keeps the token fresh. Loaded when there is Kubernetes, because it takes 90 MB.
 *
 * Its own `Watch` drops lines that it cannot parse and holds lines of any length; its `ListWatch` knows no bookmarks and gives
 * up after an error. So only its requests are used, and the rest is in reflector.ts.
 */
import { Usage } from '#schemas/contracts/errors.ts'

export interface Answer {
  readonly status: number
  /** Milliseconds that the server asks to wait, or null. */
  readonly retryAfter: number | null
  readonly body: AsyncIterable<Uint8Array>
}

export interface Api {
  /** The signal ends the body too. */
  get(path: string, query: Readonly<Record<string, string>>, accept: string, signal: AbortSignal): Promise<Answer>
  /** Reads credentials and authority again: what is known of them was refused. */
  renew(): void
}

export interface Access {
  /** Null: the account of this pod. */
  readonly kubeconfig: string | null
  /** Before the paths of the service account: for tests. */
  readonly root?: string
}

/** Throws `Usage` when there is no library, no such file, or no cluster around. */
export async function openApi({ kubeconfig, root = '' }: Access): Promise<Api> {
  const library = await import('@kubernetes/client-node').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new Usage('kubernetes: the package @kubernetes/client-node is not installed: npm install --include=optional')
  })
  const { KubeConfig, RequestContext, HttpMethod, IsomorphicFetchHttpLibrary } = library
  const http = new IsomorphicFetchHttpLibrary()
  let config = load()

  return {
    async get(path, query, accept, signal) {
      const request = new RequestContext(`${config.getCurrentCluster()!.server}${path}`, HttpMethod.GET)
      for (const [key, value] of Object.entries(query)) request.setQueryParam(key, value)
      request.setHeaderParam('Accept', accept)
      await config.applySecurityAuthentication(request)
      request.setSignal(signal)
      const { httpStatusCode, headers, body } = await http.send(request).toPromise()
      const stream = body.stream()
      return { status: httpStatusCode, retryAfter: waitOf(headers['retry-after']), body: chunks() }

      // The library makes a pool of connections for every request; this one is done.
      async function* chunks(): AsyncGenerator<Uint8Array> {
        try {
          if (stream !== null) yield* stream
        } finally {
          await request.getDispatcher()?.destroy()
        }
      }
    },
    renew() {
      config = load()
    },
  }

  function load(): InstanceType<typeof KubeConfig> {
    const loaded = new KubeConfig()
    try {
      if (kubeconfig === null) loaded.loadFromCluster(root)
      else loaded.loadFromFile(kubeconfig)
    } catch (error) {
      throw new Usage(`kubernetes: ${kubeconfig ?? 'the service account'} cannot be used: ${(error as Error).message}`)
    }
    const server = loaded.getCurrentCluster()?.server ?? ''
    if (URL.canParse(server) && !server.includes('undefined')) return loaded
    if (kubeconfig !== null) throw new Usage(`kubernetes: ${kubeconfig} names no server for its current context`)
    throw new Usage('kubernetes: this is no pod (KUBERNETES_SERVICE_HOST is not set): name a kubeconfig file')
  }
}

/** Seconds; a date (RFC 9110 §10.2.3) is not used by API servers, and taken for no wish. */
function waitOf(header: string | undefined): number | null {
  return header !== undefined && /^\d{1,4}$/.test(header) ? Number(header) * 1000 : null
}
