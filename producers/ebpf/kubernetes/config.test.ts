import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfig } from '#schemas/config/load.ts'
import { kubernetes, nodeOf } from './config.ts'

const sources = { env: { NODE_NAME: 'ip-10-0-0-1.ec2.internal' }, readFile: () => '' }

test('the node is named, or found in the environment', () => {
  const named = loadConfig('node: { env: NODE_NAME }', 'x.yaml', kubernetes, sources)
  assert.equal(nodeOf(named), 'ip-10-0-0-1.ec2.internal')
  assert.equal(nodeOf(loadConfig('node: worker-1', 'x.yaml', kubernetes, sources)), 'worker-1')
})

test('what cannot be is refused', () => {
  for (const [yaml, said] of [
    ['{}', /node: is missing/],
    ['node: { env: OTHER }', /OTHER is not set/],
    ['node: "a,spec.nodeName=b"', /a name of a node/],
    ['{ node: a, limits: { pods: 0 } }', /limits\.pods: expected at least 1/],
    ['{ node: a, kubeConfig: x }', /did you mean kubeconfig\?/],
  ] as const) {
    assert.throws(() => loadConfig(yaml, 'x.yaml', kubernetes, sources), said, yaml)
  }
})
