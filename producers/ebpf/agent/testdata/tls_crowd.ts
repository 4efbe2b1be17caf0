/** So many TLS connections at once, all open before the first byte: tls_crowd.ts <cert> <key> <connections>. Each has bytes of its own. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { connect, createServer, type TLSSocket } from 'node:tls'

const [, , cert, key, connections] = process.argv
const SIZE = 3000

/** What number `i` sends; the server sends it back with its bytes reversed. */
const wordsOf = (i: number): Buffer => Buffer.from(`${i} `.repeat(SIZE).slice(0, SIZE))

async function take(socket: TLSSocket): Promise<Buffer> {
  const pieces: Buffer[] = []
  for (let got = 0; got < SIZE; ) {
    const [piece] = (await once(socket, 'data')) as [Buffer]
    pieces.push(piece)
    got += piece.length
  }
  return Buffer.concat(pieces)
}

const server = createServer({ cert: readFileSync(cert!), key: readFileSync(key!) }, async socket => {
  socket.end((await take(socket)).reverse())
})
server.listen(0, '127.0.0.1', 2000)
await once(server, 'listening')
const { port } = server.address() as AddressInfo
const sockets = await Promise.all(
  Array.from({ length: Number(connections) }, async () => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    return socket
  }),
)
await Promise.all(
  sockets.map(async (socket, i) => {
    const answer = take(socket)
    socket.write(wordsOf(i))
    assert.ok((await answer).equals(wordsOf(i).reverse()))
    socket.end()
  }),
)
server.close()
process.stdout.write(`${port}\n`)
