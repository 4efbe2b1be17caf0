/**
 * Sends datagrams to loopback as a mirror does; a process of its own, so that its work is nobody else's.
 *
 *   node udp-sender.ts PORT RATE COUNT      HTTP of 64 connections in VXLAN, 7 its VNI; RATE 0: as fast as it can
 *
 * Prints how many it sent, and in how many milliseconds.
 */
import { createSocket } from 'node:dgram'
import { setTimeout as delay } from 'node:timers/promises'
import { tcpFrame, text, vxlan } from '#test/driver/frames.ts'

const [port, rate, count] = process.argv.slice(2).map(Number) as [number, number, number]
const CONNECTIONS = 64
/** Sent without waiting; a socket's send buffer holds some more. */
const BURST = 32

/** A request of 430 bytes and its response of 290, as wrk and nginx exchange them. */
const datagrams = Array.from({ length: CONNECTIONS }, (_, i) => {
  const request = text(`GET /api/v1/items HTTP/1.1\r\nHost: shop.example\r\nX-Filler: ${'x'.repeat(370)}\r\n\r\n`)
  const response = text(`HTTP/1.1 200 OK\r\nContent-Length: 231\r\nServer: nginx\r\n\r\n${'y'.repeat(231)}`)
  const client = { source: `10.0.0.${i % 16}`, from: 40_000 + i, to: 80 }
  const server = { source: '10.0.1.1', target: client.source, from: 80, to: client.from }
  return [vxlan(7, tcpFrame(client, request)), vxlan(7, tcpFrame(server, response))]
}).flat()

const socket = createSocket('udp4')
await new Promise<void>(resolve => socket.connect(port, '127.0.0.1', resolve))
const start = performance.now()
for (let sent = 0; sent < count; ) {
  const early = rate === 0 ? 0 : (sent / rate) * 1000 - (performance.now() - start)
  if (early > 1) await delay(early)
  const burst = Math.min(BURST, count - sent)
  await new Promise<void>(resolve => {
    for (let i = 1; i <= burst; i++)
      socket.send(datagrams[sent++ % datagrams.length]!, i === burst ? () => resolve() : undefined)
  })
}
process.stdout.write(`${count} ${Math.round(performance.now() - start)}`)
socket.close()
