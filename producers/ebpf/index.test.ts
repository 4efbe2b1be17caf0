import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Usage } from '#schemas/contracts/errors.ts'
import { producerHost } from '#test/driver/producer-host.ts'
import { commandOf } from './command.ts'
import spec from './index.ts'

test('without a word about selection nothing is mirrored', () => {
  const { selection } = spec.config.parse({})
  assert.deepEqual([selection.filters, selection.allNamespaces, selection.allProcesses], [[], false, false])
})

test('the source is this host, or its name in Kubernetes', () => {
  assert.equal(spec.source(spec.config.parse({})), 'host')
  assert.equal(spec.source(spec.config.parse({ kubernetes: { node: 'node-1' } })), 'node-1')
})

test('limits become the command line of the agent', () => {
  const limits = { connections: 100, processes: 200, ringBytes: 1048576, callBytes: 65536, heldBytes: 131072 }
  const { program, args } = commandOf(spec.config.parse({ agent: '/opt/agent', tls: false, limits }))
  assert.equal(program, '/opt/agent')
  assert.equal(
    args.join(' '),
    '--ring-bytes 1048576 --call-bytes 65536 --connections 100 --processes 200 --held-bytes 131072 --process-events --no-tls',
  )
})

test('a ring buffer is a power of two', () => {
  const { error } = spec.config.safeParse({ limits: { ringBytes: 3 * 1024 * 1024 } })
  assert.match(error?.issues[0]?.message ?? '', /power of two/)
})

test('an agent that is not built is said in one line', async () => {
  const options = spec.config.parse({ agent: '/nonexistent/agent' })
  await assert.rejects(
    spec.open(options, producerHost()),
    (error: unknown) =>
      error instanceof Usage && /^\/nonexistent\/agent: there is no agent: npm run setup/.test(error.message),
  )
})
