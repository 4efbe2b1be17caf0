/**
 * What comes out of what. `gives`: one line per exchange,
 *
 *   stream METHOD host target VERSION +body > STATUS VERSION +body : anomalies
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Exchange } from '#schemas/records/exchange.ts'
import { play } from '#test/driver/http.ts'
import { Peer } from '#test/driver/http2.ts'
import { settled } from '#test/fuzz/http1.ts'
import http1 from '../http1/index.ts'
import http2 from './index.ts'
import { CONNECTION_CASES } from './testdata/connection-cases.ts'
import { FLOOD_CASES } from './testdata/flood-cases.ts'
import { MALFORMED_CASES } from './testdata/malformed-cases.ts'

function line({ stream, request, response, host, anomalies }: Exchange): string {
  const sent = `${stream} ${request.method || '-'} ${host || '-'} ${request.target || '-'} ${request.version || '-'}`
  const got = response === null ? '-' : `${response.status} ${response.version} +${response.bodyBytes}`
  return `${sent} +${request.bodyBytes} > ${got} : ${anomalies.join(' ') || '-'}`
}

for (const { name, rfc, steps, gives, anomalies = [], config = {}, opener = 0, headers, trailers } of [
  ...CONNECTION_CASES,
  ...MALFORMED_CASES,
  ...FLOOD_CASES,
]) {
  test(`${name} (${rfc})`, () => {
    const options = { protocols: [http1, http2], config, opener }
    const script = steps(new Peer(), new Peer())
    const played = play(script, options)
    assert.deepEqual(played.exchanges.map(line), gives)
    assert.deepEqual(
      played.anomalies.map(({ anomaly }) => anomaly),
      anomalies,
    )
    assert.equal(settled(played), played.fed)
    const bytewise = play(script, { ...options, cut: () => 1 })
    assert.deepEqual(bytewise.exchanges, played.exchanges)
    if (headers !== undefined) assert.deepEqual(played.exchanges.at(-1)?.request.headers, headers)
    if (trailers !== undefined) assert.deepEqual(played.exchanges.at(-1)?.response?.trailers, trailers)
  })
}
