/** Every target for a short time, always with the same inputs as far as time allows; `infra/tapwire fuzz` goes on from there. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeFinding } from './run/report.ts'
import { fuzz } from './run/session.ts'
import { targetFile, targetNames } from './run/target.ts'

const SEED = 1
const SECONDS = 3

for (const name of targetNames()) {
  test(`fuzz ${name}`, async t => {
    const { executions, finding } = await fuzz(targetFile(name), { seed: SEED, seconds: SECONDS })
    if (finding !== null) assert.fail(describeFinding(name, SEED, finding))
    t.diagnostic(`${executions} runs in ${SECONDS} s, seed ${SEED}`)
  })
}
