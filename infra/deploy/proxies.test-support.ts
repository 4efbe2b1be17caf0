/** A proxy as the manifests make it, an application behind it, and an ingest server. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { openIngest, TOKEN } from '#producers/envoy/ingest.test-support.ts'
import { Secret } from '#schemas/config/secret.ts'
import type { Bootstrap } from '#test/driver/envoy.ts'
import { kustomize } from '#test/driver/manifests/kustomize.ts'
import type { Manifest } from '#test/driver/manifests/read.ts'
import { TOKEN as PLACEHOLDER } from './generate/names.ts'

/** The proxies that the manifests of `gateway` select. */
export const GATEWAY = { context: 'GATEWAY', namespace: 'istio-system', labels: { istio: 'ingressgateway' } } as const

/** Longer than any test takes: a message that never comes is a failure, and not the end of all tests. */
export const WITHIN = { timeout: 30_000 }

const BACKLOG = 2000

/** Says what it was asked, and how long the body was; /echo gives the body back. Answers nobody before `together` requests have come. */
export async function application(t: TestContext, together = 1): Promise<number> {
  const waiting: (() => void)[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks)
      const said = `${request.method} ${request.url} ${body.length}`
      waiting.push(() => response.end(request.url === '/echo' ? body : said))
      if (waiting.length >= together) for (const answer of waiting.splice(0)) answer()
    })
  }).listen({ port: 0, host: '127.0.0.1', backlog: BACKLOG })
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as { port: number }).port
}

/** The same configuration with our token, and every address but those of listeners on this machine. */
export function here(bootstrap: unknown, ports: { readonly ingest: number; readonly application?: number }): Bootstrap {
  const text = JSON.stringify(bootstrap)
    .replaceAll(PLACEHOLDER, TOKEN)
    .replaceAll(
      /"address":"tapwire-ingest[^"]*","port_value":\d+/g,
      `"address":"127.0.0.1","port_value":${ports.ingest}`,
    )
    .replaceAll(/"port_value":50[08]0/g, `"port_value":${ports.ingest}`)
    .replaceAll('"port_value":8000', `"port_value":${ports.application}`)
    .replaceAll('"address":"0.0.0.0","port_value":8080', '"address":"127.0.0.1","port_value":0')
  return JSON.parse(text) as Bootstrap
}

/** What the kustomization of that folder of istio/ stands for. */
export function manifests(folder: string): readonly Manifest[] {
  return kustomize(join(import.meta.dirname, 'istio', folder))
}

/** The body of the answer, which must be 200. `body`: POST it. */
export async function ask(port: number, path: string, body?: string): Promise<string> {
  const init = body === undefined ? {} : { method: 'POST', body }
  const response = await fetch(`http://127.0.0.1:${port}${path}`, init)
  assert.equal(response.status, 200)
  return await response.text()
}

/** One that wants the token of `here`. */
export async function openWithToken(options: Parameters<typeof openIngest>[0] = {}) {
  return await openIngest({ token: Secret.of(TOKEN), ...options })
}
