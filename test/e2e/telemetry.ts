/** Asks a running node for its health and metrics. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** Asks until `enough` says so: the node needs a moment to start. */
export async function poll(url: string, enough: (status: number, body: string) => boolean): Promise<string> {
  for (let tries = 0; tries < 200; tries++) {
    const answer = await fetch(url).then(
      async response => ({ status: response.status, body: await response.text() }),
      () => null,
    )
    if (answer !== null && enough(answer.status, answer.body)) return answer.body
    await delay(50)
  }
  throw new Error(`${url} never said it`)
}

/** Value of a series in the text of Prometheus; 0 when it is not there. */
export function sampleOf(metrics: string, series: string): number {
  const line = metrics.split('\n').find(text => text.startsWith(`${series} `))
  return line === undefined ? 0 : Number(line.slice(series.length + 1))
}
