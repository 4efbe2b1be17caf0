import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exchange } from '#test/driver/records.ts'
import { type Driver, drive } from '#test/driver/stage.ts'
import spec, { type HostCount } from './index.ts'

const SECOND = 1_000_000

function open(settings: { window?: number; limits?: { hosts?: number } } = {}): Driver {
  return drive(() => spec.create(spec.config.parse(settings)), { outputs: spec.outputs })
}

test('counts per host, and emits when the window is over', () => {
  const stage = open()
  stage.feed(exchange({ host: 'a.test' }), 10 * SECOND)
  stage.feed(exchange({ host: 'b.test' }), 20 * SECOND)
  stage.feed(exchange({ host: 'a.test' }), 30 * SECOND)
  stage.advance(69 * SECOND)
  assert.deepEqual(stage.take('example'), [])
  stage.advance(70 * SECOND)
  assert.deepEqual(stage.take<HostCount>('example'), [
    { host: 'a.test', exchanges: 2, since: 10 * SECOND, until: 70 * SECOND },
  ])
  assert.equal(stage.size(), 1, 'b.test is still counting')
})

test('a restart in the middle of a window changes nothing', () => {
  const stage = open()
  stage.feed(exchange({ host: 'a.test' }), 1 * SECOND)
  stage.restart()
  stage.feed(exchange({ host: 'a.test' }), 2 * SECOND)
  stage.restart()
  stage.advance(61 * SECOND)
  assert.deepEqual(stage.take<HostCount>('example'), [
    { host: 'a.test', exchanges: 2, since: 1 * SECOND, until: 61 * SECOND },
  ])
})

test('at the limit a new host is left out and counted, a known one goes on', () => {
  const stage = open({ limits: { hosts: 1 } })
  stage.feed(exchange({ host: 'a.test' }), 1 * SECOND)
  stage.feed(exchange({ host: 'b.test' }), 2 * SECOND)
  stage.feed(exchange({ host: 'a.test' }), 3 * SECOND)
  assert.equal(stage.counted('hosts.refused'), 1)
  stage.advance(61 * SECOND)
  assert.deepEqual(
    stage.take<HostCount>('example').map(count => [count.host, count.exchanges]),
    [['a.test', 2]],
  )
})
