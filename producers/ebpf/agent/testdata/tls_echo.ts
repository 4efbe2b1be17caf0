/** As tls_echo.py, with the OpenSSL inside Node.js, whose own loop makes the system calls: tls_echo.ts memory <cert> <key> <bytes> [half] */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { connect, createServer, type TLSSocket } from 'node:tls'

const [, , , cert, key, bytes, halves] = process.argv
const size = Number(bytes)
const pattern = Buffer.from(Uint8Array.from({ length: size }, (_, i) => i * 31 + Math.floor(i / 256) * 17))
const half = Math.floor(size / 2)
const parts = halves === undefined ? [pattern] : [pattern.subarray(0, half), pattern.subarray(half)]

/** Reads these bytes, which must be the next. */
async function expect(socket: TLSSocket, wanted: Buffer): Promise<void> {
  for (let got = 0; got < wanted.length; ) {
    const piece: Buffer | null = socket.read(Math.min(wanted.length - got, socket.readableLength || 1))
    if (piece === null) await once(socket, 'readable')
    else assert.ok(piece.equals(wanted.subarray(got, got + piece.length)))
    got += piece?.length ?? 0
  }
}

const server = createServer({ cert: readFileSync(cert!), key: readFileSync(key!) }, async socket => {
  for (const part of parts) {
    await expect(socket, part)
    socket.write(part)
  }
  await once(socket.resume(), 'end')
  server.close()
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address() as AddressInfo
process.stdout.write(`${port}\n`)
const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
for (const [index, part] of parts.entries()) {
  socket.write(part)
  await expect(socket, part)
  if (halves === undefined || index > 0) continue
  process.stdout.write('half\n')
  const lines = createInterface({ input: process.stdin })
  await once(lines, 'line')
  lines.close()
}
socket.end()
