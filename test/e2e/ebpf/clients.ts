/** Clients: curl as it is, and many TLS connections at once. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { ClientHttp2Session } from 'node:http2'
import { connect, type TLSSocket } from 'node:tls'

/** Options that every curl has: certificates are the test's own, paths are sent as written. */
export const CURL = ['-sk', '--path-as-is', '--max-time', '30'] as const

/** What curl printed. */
export function curl(...args: readonly string[]): Promise<string> {
  return output('curl', ...CURL, ...args)
}

export async function output(program: string, ...args: readonly string[]): Promise<string> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', some => {
    text += some
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: exit code ${code}`)
  return text
}

/**
 * Opens so many connections, and when all are open asks on each of them for two things, one after the other: `target(i)` and
 * `target(i) + '/again'`.
 */
export async function crowd(port: number, connections: number, target: (i: number) => string): Promise<void> {
  const sockets = await Promise.all(Array.from({ length: connections }, () => opened(port)))
  await Promise.all(
    sockets.map(async (socket, i) => {
      await ask(socket, target(i))
      await ask(socket, `${target(i)}/again`)
      socket.end()
      await once(socket, 'close')
    }),
  )
}

/** A connection of its own, which is kept. */
export async function opened(port: number): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] })
  await once(socket, 'secureConnect')
  return socket
}

/** One request and its whole answer, which has a Content-Length. */
export async function ask(socket: TLSSocket, target: string): Promise<void> {
  socket.write(`GET ${target} HTTP/1.1\r\nHost: crowd.example\r\n\r\n`)
  for (let text = ''; ; ) {
    const [some] = (await once(socket, 'data')) as [Buffer]
    text += some.toString('latin1')
    const length = /content-length: (\d+)/i.exec(text)?.[1]
    const head = text.indexOf('\r\n\r\n')
    if (head >= 0 && text.length >= head + 4 + Number(length)) return
  }
}

/** One request on a connection of HTTP/2, and its whole answer. */
export async function stream(session: ClientHttp2Session, target: string): Promise<void> {
  const request = session.request({ ':path': target })
  request.resume()
  await once(request, 'end')
}
