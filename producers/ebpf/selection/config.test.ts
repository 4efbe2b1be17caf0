import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { loadConfig } from '#schemas/config/load.ts'
import { selection, unwise } from './config.ts'

describe('a configuration is refused', () => {
  const cases: readonly (readonly [yaml: string, said: RegExp])[] = [
    ['filters: [{}]', /an empty filter would match everything: say allNamespaces or allProcesses instead/],
    ['filters: [{namespace: shop, not: {}}]', /filters\[0\]\.not: names nothing/],
    ['filters: [{namespaces: shop}]', /unknown key \(did you mean namespace\?\)/],
    ['filters: [{namespace: shop, not: {prot: 1}}]', /unknown key \(did you mean port\?\)/],
    ['filters: [{namespace: "a,,b"}]', /a comma too many/],
    ['filters: [{namespace: ""}]', /a value is empty/],
    ['filters: [{namespace: []}]', /an empty list matches nothing/],
    ['filters: [{namespace: Shop}]', /"Shop" cannot be a namespace/],
    ['filters: [{namespace: "*a*b*c*d*e*f*g*h*i*"}]', /more than 8 stars/],
    ['filters: [{pod_labels: {app: true}}]', /expected string or list, received true/],
    ['filters: [{pod_labels: {app: 1.10}}]', /expected string or list, received 1.1/],
    ['filters: [{pod_labels: {}}]', /names no key/],
    ['filters: [{pod_labels: {"a b": x}}]', /is no name as Kubernetes has it/],
    ['filters: [{pod_labels: {app: "a b"}}]', /cannot be the value of a label/],
    ['filters: [{port: "80-"}]', /"80-" is no port/],
    ['filters: [{port: "90-80"}]', /no range of ports/],
    ['filters: [{port: 65536}]', /"65536" is no port/],
    ['filters: [{cidr: 10.0.0.1/8}]', /bits are set beyond the prefix: write 10\.0\.0\.0\/8/],
    ['filters: [{exe: nginx}]', /must start with \/ or \*/],
    ['filters: [{process_name: /usr/sbin/nginx}]', /is a path: that is exe/],
    ['filters: [{direction: in}]', /one of inbound, outbound, both/],
    ['unknownPods: yes', /unknownPods/],
    ['allNamespace: true', /did you mean allNamespaces\?/],
    [`filters: [${'{port: 1},'.repeat(257)}]`, /at most 256 entries/],
    [`filters: [{port: [${'1,'.repeat(257)}]}]`, /more than 256 values/],
  ]
  for (const [yaml, said] of cases) {
    test(yaml.slice(0, 60), () => {
      assert.throws(() => loadConfig(yaml, 'rules.yaml', selection), said)
    })
  }
})

test('nothing said: nothing is mirrored', () => {
  assert.deepEqual(loadConfig('', 'rules.yaml', selection), {
    allNamespaces: false,
    allProcesses: false,
    direction: 'inbound',
    filters: [],
    exclude: [],
    unknownPods: 'ignore',
  })
})

test('what the reference product takes is taken as it stands', () => {
  const yaml = `
allNamespaces: false
filters:
  - namespace: "default"
  - namespace: 'my-namespace'
    pod_labels:
      environment: 'production'
      team: 'backend,ops'
    pod_annotations:
      app.kubernetes.io/name: 'myapp'
    node_name: 'ip-10-0-0-1.ec2.internal'
    container_name: 'web'
`
  assert.equal(loadConfig(yaml, 'values.yaml', selection).filters.length, 2)
})

test('what is unwise is said', () => {
  const said = (given: object, pods: boolean) => unwise(selection.parse(given), pods).join('; ')
  assert.equal(said({}, true), '')
  assert.equal(said({ filters: [{ process_name: 'nginx' }] }, false), '')
  assert.equal(said({ allProcesses: true }, false), '')
  assert.match(said({}, false), /nothing is mirrored/)
  assert.match(said({ allNamespaces: true }, true), /captured at each of them/)
  assert.match(said({ filters: [{ port: 1 }, { pod_labels: { a: 'b' } }] }, false), /filters\[1\]: is about pods/)
})
