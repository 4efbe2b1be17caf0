import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { selection } from './config.ts'
import { podFacts, target } from './facts.test-support.ts'
import type { Location } from './facts.ts'
import { compileRules, type Rules } from './select.ts'
import { type Changes, Targets } from './targets.ts'

const NOTHING = { cgroups: new Map(), pids: new Map() }
const HOST: Location = { pod: 'none', container: null }

const rules = (given: object): Rules => compileRules(selection.parse(given))
const targets = (given: object, locate: (cgroup: string) => Location = () => HOST, limit = 100) =>
  new Targets(rules(given), { node: 'node-1', limit, locate })
const cgroups = (...entries: [bigint, string][]) =>
  ({ cgroups: new Map(entries), pids: new Map() }) as unknown as Changes
const pids = (...entries: [number, string][]) => ({ cgroups: new Map(), pids: new Map(entries) }) as unknown as Changes

describe('changes', () => {
  test('a cgroup is named once, and let go with its last process', () => {
    const known = targets({ filters: [{ cgroup: '/web' }] })
    const inside = { cgroup: '/web', cgroupId: 7n }
    assert.deepEqual(
      known.set([target(1, inside), target(2, inside), target(3, { cgroup: '/x' })]),
      cgroups([7n, 'in']),
    )
    assert.deepEqual(known.set([target(4, inside)]), NOTHING)
    assert.deepEqual(known.delete([1, 2]), NOTHING)
    assert.deepEqual(known.delete([4]), cgroups([7n, 'none']))
  })

  test('processes are named where the rules tell them apart', () => {
    const known = targets({ filters: [{ process_name: 'nginx' }] })
    const shared = { cgroupId: 7n }
    assert.deepEqual(
      known.set([target(1, shared), target(2, { ...shared, comm: 'sh', exe: '/bin/sh' })]),
      pids([1, 'in']),
    )
    assert.deepEqual(known.set([target(1, { ...shared, comm: 'sh', exe: '/bin/sh' })]), pids([1, 'none']))
  })

  test('processes are named where cgroups of v2 tell nothing', () => {
    const known = targets({ allProcesses: true })
    assert.deepEqual(known.set([target(1, { cgroupId: 0n })]), pids([1, 'in']))
  })

  test('new rules: from cgroups to processes and back, other directions', () => {
    const known = targets({ allProcesses: true })
    known.set([target(1, { cgroupId: 7n })])
    assert.deepEqual(known.useRules(rules({ filters: [{ user: 33, direction: 'both' }] })), {
      cgroups: new Map([[7n, 'none']]),
      pids: new Map([[1, 'both']]),
    })
    assert.deepEqual(known.useRules(rules({ filters: [{ user: 33, direction: 'outbound' }] })), pids([1, 'out']))
    assert.deepEqual(known.useRules(rules({})), pids([1, 'none']))
    assert.deepEqual(known.useRules(rules({})), NOTHING)
  })

  test('ports and addresses: watched, because a connection may match, and decided with it', () => {
    const known = targets({ filters: [{ port: 443, not: { cidr: '10.0.0.0/8' } }] })
    assert.deepEqual(known.set([target(1, { cgroupId: 7n })]), cgroups([7n, 'in']))
    const mirror = (port: number, peer: string) => known.verdict(1, { direction: 'inbound', port, peer }).mirror
    assert.equal(mirror(443, '192.0.2.1'), 'yes')
    assert.equal(mirror(443, '10.1.2.3'), 'no')
    assert.equal(mirror(80, '192.0.2.1'), 'no')
    assert.equal(known.verdict(1, { direction: 'outbound', port: 443, peer: '192.0.2.1' }).mirror, 'no')
    assert.deepEqual(known.verdict(2, null), { mirror: 'no', why: 'the process is not known' })
  })

  test('a pod that becomes known, and changes its mind', () => {
    let pod: Location['pod'] = 'unknown'
    const known = targets({}, () => ({ pod, container: null }))
    assert.deepEqual(known.set([target(1, { cgroupId: 7n })]), NOTHING)
    pod = podFacts({ annotations: { 'tapwire.io/mirror': 'true' } })
    assert.deepEqual(known.refresh(), cgroups([7n, 'in']))
    pod = podFacts({ annotations: { 'tapwire.io/mirror': 'false' } })
    assert.deepEqual(known.refresh(), cgroups([7n, 'none']))
  })

  test('beyond the limit processes are refused and counted, not mirrored', () => {
    const known = targets({ allProcesses: true }, () => HOST, 1)
    known.set([target(1), target(2)])
    assert.deepEqual([known.size, known.refused], [1, 1])
    assert.deepEqual(known.set([target(1, { cgroupId: 9n })]), cgroups([9n, 'in'], [1001n, 'none']))
    known.delete([1])
    assert.deepEqual(known.set([target(2)]), cgroups([1002n, 'in']))
    assert.equal(known.refused, 1)
  })
})
