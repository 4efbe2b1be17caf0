/**
 * Which HTTP a connection in the clear speaks. HTTP/2 by prior knowledge begins with a fixed text (RFC 9113 §3.4), and no method
 * of HTTP/1 begins as that does.
 *
 *   preface = "PRI * HTTP/2.0" CRLF CRLF "SM" CRLF CRLF
 */
import type { Socket } from 'node:net'

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

export type Spoken = 'http1' | 'http2'

/** Null: it takes more bytes. */
export function spokenIn(head: Uint8Array): Spoken | null {
  const length = Math.min(head.length, PREFACE.length)
  for (let i = 0; i < length; i++) if (head[i] !== PREFACE[i]) return 'http1'
  return length < PREFACE.length ? null : 'http2'
}

/** Calls `then` with the socket as if nothing had been read. One that says nothing for `ms` milliseconds is destroyed. */
export function sniff(socket: Socket, ms: number, then: (spoken: Spoken) => void): void {
  let head: Buffer = Buffer.alloc(0)
  const patience = setTimeout(() => socket.destroy(), ms)
  const done = (): void => {
    clearTimeout(patience)
    socket.off('readable', look)
    socket.off('end', over)
    socket.off('close', done)
  }
  const over = (): void => void socket.destroy()
  const look = (): void => {
    for (let chunk: Buffer | null = socket.read(); chunk !== null; chunk = socket.read()) {
      head = head.length === 0 ? chunk : Buffer.concat([head, chunk])
    }
    const spoken = spokenIn(head)
    if (spoken === null) return
    done()
    socket.unshift(head)
    then(spoken)
  }
  socket.on('readable', look)
  socket.on('end', over)
  socket.on('close', done)
}
