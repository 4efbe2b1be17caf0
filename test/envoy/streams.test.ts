/** Streams without an end in sight: every piece reaches the other side before the next one is sent, and the halves do not wait for the end. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectHttp2, createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { bundle } from '#producers/envoy/lua/bundle.ts'
import type { RequestHalf } from '#schemas/records/message.ts'
import { needsEnvoy, startEnvoy } from '#test/driver/envoy.ts'
import { bootstrap, cluster, listener, luaFilter } from '#test/driver/envoy-config.ts'
import { Recorder } from '#test/driver/recorder.ts'

/** A server that sends back every piece of a request as it comes. */
async function openEcho() {
  const server = createServer({ settings: { enableConnectProtocol: true } })
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {})
    stream.respond({ ':status': 200, 'content-type': String(headers['content-type']) })
    stream.pipe(stream)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return server
}

test(
  'pieces go to and fro while the halves go on; those are sent when they take too long',
  { timeout: 60_000 },
  async t => {
    if (!needsEnvoy(t)) return
    const echo = await openEcho()
    await using recorder = await new Recorder().open()
    const manager = {
      http2_protocol_options: { allow_connect: true },
      upgrade_configs: [{ upgrade_type: 'websocket' }],
    }
    const source = bundle({ settings: { follow_seconds: 1 } })
    const clusters = [
      cluster('app', (echo.address() as AddressInfo).port, { http2: true, allowConnect: true }),
      cluster('tapwire-ingest', recorder.port, { http2: true }),
    ]
    await using envoy = await startEnvoy(
      bootstrap([listener('in', { filters: [luaFilter(source)], manager })], clusters),
    )
    const session = connectHttp2(`http://127.0.0.1:${envoy.port('in')}`)
    t.after(() => {
      session.destroy()
      echo.close()
    })

    const stream = session.request({ ':method': 'POST', ':path': '/stream', 'content-type': 'application/grpc' })
    const exchangePiece = async (n: number) => {
      const piece = `piece ${n} `
      stream.write(piece)
      let back = ''
      while (back.length < piece.length) {
        const [chunk] = (await once(stream, 'data')) as [Buffer]
        back += chunk.toString()
      }
      assert.equal(back, piece)
    }
    let n = 0
    while (recorder.halves.length < 2) {
      await exchangePiece(n++)
      await new Promise(resolve => setTimeout(resolve, 20))
    }
    for (const half of recorder.halves) {
      assert.equal(half.finish, 'upgraded')
      assert.match(Buffer.from(half.body).toString(), /^piece 0 piece 1 /)
      assert.equal(half.bodyBytes, half.body.length)
    }
    for (let more = 0; more < 5; more++) await exchangePiece(n++)
    stream.end()
    await once(stream, 'close')
    assert.equal(recorder.halves.length, 2)
  },
)

test('a WebSocket over HTTP/2 (RFC 8441): the handshake alone', { timeout: 60_000 }, async t => {
  if (!needsEnvoy(t)) return
  const echo = await openEcho()
  await using recorder = await new Recorder().open()
  const manager = { http2_protocol_options: { allow_connect: true }, upgrade_configs: [{ upgrade_type: 'websocket' }] }
  const clusters = [
    cluster('app', (echo.address() as AddressInfo).port, { http2: true, allowConnect: true }),
    cluster('tapwire-ingest', recorder.port, { http2: true }),
  ]
  const filters = [luaFilter(bundle({ settings: {} }))]
  await using envoy = await startEnvoy(bootstrap([listener('in', { filters, manager })], clusters))
  const session = connectHttp2(`http://127.0.0.1:${envoy.port('in')}`)
  t.after(() => {
    session.destroy()
    echo.close()
  })
  await once(session, 'remoteSettings')
  const stream = session.request({
    ':method': 'CONNECT',
    ':protocol': 'websocket',
    ':path': '/socket',
    ':scheme': 'http',
  })
  stream.write('frame')
  const [back] = (await once(stream, 'data')) as [Buffer]
  assert.equal(back.toString(), 'frame')
  await recorder.until(halves => halves.length === 2)
  const request = recorder.halves.find((half): half is RequestHalf => half.half === 'request')
  assert.partialDeepStrictEqual(request, { path: '/socket', finish: 'upgraded', bodyBytes: 0 })
  const response = recorder.halves.find(half => half.half === 'response')
  assert.partialDeepStrictEqual(response, { finish: 'upgraded', bodyBytes: 0 })
  stream.close()
})
