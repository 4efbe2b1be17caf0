import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadComponents } from '#infra/cli/components.ts'
import { readSettings } from '#infra/cli/config.ts'
import { scratch } from '#test/e2e/tapwire.ts'
import { expect } from './expected.ts'
import { writeTraffic } from './traffic.ts'

test('traffic: the same for the same seed, and all of it is found', async t => {
  const folder = scratch(t)
  const plan = { seed: 7, seconds: 10, rate: 100, number: 0 }
  const paths = ['first', 'again', 'other'].map(name => join(folder, name))
  const [first, again, other] = await Promise.all(
    paths.map((path, i) => writeTraffic(path, i === 2 ? { ...plan, number: 1 } : plan, t.signal)),
  )
  assert.deepEqual(again, first)
  assert.ok(readFileSync(paths[0]!).equals(readFileSync(paths[1]!)))

  const components = await loadComponents()
  const settings = readSettings(components, undefined, folder, {})
  const { ids, ledger } = await expect([paths[0]!, paths[2]!], components, settings, t.signal)
  assert.equal(ids.exchange.size, first!.exchanges + other!.exchanges, 'two numbers have no connection in common')
  assert.equal(ids.detection.size, first!.attacks + other!.attacks)
  assert.ok(first!.attacks > 10)
  const { captured, framing, inspected } = ledger
  assert.equal(captured, framing! + inspected!)
})
