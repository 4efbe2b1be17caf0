/**
 * The least that a server can do with what an ingest server is sent, as a process of its own; says its port.
 *
 *   http   node:http that reads each body and answers 202
 *   grpc   @grpc/grpc-js that takes each message of an ext_proc stream, undecoded, and ends the stream with the sixth
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js'
import { PROCESS } from '#test/driver/ext-proc.ts'

const PARTS = 6

async function http(): Promise<number> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', chunk => chunks.push(chunk))
    request.on('end', () => {
      Buffer.concat(chunks)
      response.writeHead(202).end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

function grpc(): Promise<number> {
  const server = new Server()
  const as = (bytes: Buffer): Buffer => bytes
  const serialization = { requestDeserialize: as, responseSerialize: as, requestSerialize: as, responseDeserialize: as }
  const service = { Process: { path: PROCESS, requestStream: true, responseStream: true, ...serialization } }
  server.addService(service, {
    Process: (call: ServerDuplexStream<Buffer, Buffer>) => {
      let parts = 0
      call.on('data', () => {
        if (++parts === PARTS) call.end()
      })
      call.on('error', () => {})
    },
  })
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port)
      else reject(error)
    })
  })
}

process.stdout.write(`${await (process.argv[2] === 'grpc' ? grpc() : http())}\n`)
