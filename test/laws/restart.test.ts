import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MUTATIONS, runWorld } from './restart.ts'
import { visitsWorld } from './visits.ts'

const SEEDS = Array.from({ length: 200 }, (_, i) => i + 1)

test('restart law: 200 seeds with random crash points, batch sizes and checkpoints change nothing downstream', async () => {
  let crashes = 0
  for (const seed of SEEDS) {
    const world = visitsWorld(seed)
    const calm = await runWorld(world, null)
    const rough = await runWorld(world, seed)
    assert.deepEqual(rough.outputs, calm.outputs, `seed ${seed}`)
    assert.deepEqual(rough.ledger, calm.ledger, `seed ${seed}`)
    assert.ok(rough.lives === rough.crashes + 1, `seed ${seed}`)
    crashes += rough.crashes
  }
  assert.ok(crashes > SEEDS.length * 3, `only ${crashes} crashes: the law was not tried`)
})

for (const mutation of MUTATIONS) {
  test(`restart law notices: ${mutation}`, async () => {
    const unnoticed: number[] = []
    for (const seed of SEEDS.slice(0, 40)) {
      const world = visitsWorld(seed)
      const calm = await runWorld(world, null)
      const broken = await runWorld(world, seed, mutation)
      const same = [...calm.outputs].every(
        ([topic, lines]) => lines.join('\n') === broken.outputs.get(topic)!.join('\n'),
      )
      if (same) unnoticed.push(seed)
    }
    assert.deepEqual(unnoticed, [], 'seeds whose outputs did not change')
  })
}

test('a value that makes a processor throw goes to dead, the rest is processed, and replay skips it too', async () => {
  for (const seed of SEEDS.slice(0, 40)) {
    const poisoned = visitsWorld(seed, { poison: true })
    const calm = await runWorld(poisoned, null)
    const dead = calm.outputs.get('dead')!
    assert.ok(dead.length > 0, `seed ${seed}`)
    assert.ok(
      dead.every(line => line.includes('poisonous visit') || line.includes('poisonous timer')),
      `seed ${seed}: ${dead[0]}`,
    )
    const clean = await runWorld(visitsWorld(seed, { poison: false, without: 'poison' }), null)
    assert.deepEqual(
      calm.outputs.get('visits')!.filter(line => !line.includes('bomb')),
      clean.outputs.get('visits')!.filter(line => !line.includes('bomb')),
      `seed ${seed}`,
    )
    const rough = await runWorld(poisoned, seed)
    assert.deepEqual(rough.outputs.get('visits'), calm.outputs.get('visits'), `seed ${seed}`)
    assert.deepEqual(rough.outputs.get('dead'), dead, `seed ${seed}`)
  }
})
