/** Every target a number of times, always with the same inputs on every machine; `infra/tapwire fuzz` goes on from there. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeFinding } from './run/report.ts'
import { fuzz } from './run/session.ts'
import { targetFile, targetNames } from './run/target.ts'

const SEED = 1
const RUNS = 10_000

for (const name of targetNames()) {
  test(`fuzz ${name}`, async t => {
    const { executions, finding } = await fuzz(targetFile(name), { seed: SEED, runs: RUNS })
    if (finding !== null) assert.fail(describeFinding(name, SEED, finding))
    t.diagnostic(`${executions} runs, seed ${SEED}`)
  })
}
