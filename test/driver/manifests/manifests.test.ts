import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, describe, test } from 'node:test'
import { renderProxy } from './istio.ts'
import { kustomize } from './kustomize.ts'
import type { Manifest } from './read.ts'

const folder = mkdtempSync(join(tmpdir(), 'tapwire-kustomize-'))
after(() => rmSync(folder, { recursive: true }))

function put(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}

const names = (manifests: readonly Manifest[]): unknown[] => manifests.map(({ metadata }) => metadata)

describe('kustomize', () => {
  put('base/kustomization.yaml', 'resources: [a.yaml]\nconfigMapGenerator: [{ name: c, files: [text] }]\n')
  put(
    'base/a.yaml',
    'kind: A\nmetadata: { name: a, labels: { l: "1" } }\nspec: { list: [1, 2] }\n---\nkind: B\nmetadata: { name: b }\n',
  )
  put('base/text', 'hello')

  test('resources, namespace, generated ConfigMaps', () => {
    put('one/kustomization.yaml', 'namespace: n\nresources: [../base]\n')
    assert.deepEqual(
      kustomize(join(folder, 'one')).map(({ kind, metadata }) => [kind, metadata?.name, metadata?.namespace]),
      [
        ['A', 'a', 'n'],
        ['B', 'b', 'n'],
        ['ConfigMap', 'c', 'n'],
      ],
    )
    assert.deepEqual(kustomize(join(folder, 'one'))[2]?.['data'], { text: 'hello' })
  })

  test('patches by kind, name and label; deletions; components come last', () => {
    put(
      'part/kustomization.yaml',
      'kind: Component\npatches: [{ target: { kind: A, name: new }, patch: "- { op: add, path: /spec/x~1y, value: 3 }" }]\n',
    )
    put(
      'two/kustomization.yaml',
      `resources: [../base]
components: [../part]
patches:
  - target: { kind: A, labelSelector: l=1 }
    patch: |
      - { op: replace, path: /metadata/name, value: new }
      - { op: add, path: /spec/list/-, value: 3 }
      - { op: remove, path: /spec/list/0 }
  - target: { kind: B }
    patch: "{ $patch: delete }"
`,
    )
    const [a, ...rest] = kustomize(join(folder, 'two'))
    assert.deepEqual([a?.metadata?.name, a?.spec], ['new', { list: [2, 3], 'x/y': 3 }])
    assert.deepEqual(names(rest), [{ name: 'c' }])
  })

  for (const [what, text, said] of [
    ['a key', 'resources: [../base]\nnamePrefix: x-\n', /namePrefix is not known here/],
    ['a resource', 'resources: [../nowhere]\n', /there is no \.\.\/nowhere/],
    ['a target', 'resources: [../base]\npatches: [{ target: { kind: X }, patch: "[]" }]\n', /finds no/],
    [
      'a place',
      'resources: [../base]\npatches: [{ target: { kind: A }, patch: "- { op: remove, path: /spec/no }" }]\n',
      /there is nothing/,
    ],
    [
      'an operation',
      'resources: [../base]\npatches: [{ target: { kind: A }, patch: "- { op: move, path: /spec/list }" }]\n',
      /move is not known/,
    ],
    [
      'a merge',
      'resources: [../base]\npatches: [{ target: { kind: A }, patch: "{ spec: {} }" }]\n',
      /a list of operations/,
    ],
  ] as const) {
    test(`throws at ${what} that it does not know`, () => {
      put('bad/kustomization.yaml', text)
      assert.throws(() => kustomize(join(folder, 'bad')), said)
    })
  }
})

describe('EnvoyFilters as Istio applies them', () => {
  const proxy = { context: 'GATEWAY', namespace: 'n', labels: { a: '1' }, upstreamPort: 1 } as const
  const filter = (patch: object, rest: object = {}, metadata: Manifest['metadata'] = {}): Manifest => ({
    apiVersion: 'networking.istio.io/v1alpha3',
    kind: 'EnvoyFilter',
    metadata,
    spec: { configPatches: [patch], ...rest },
  })
  const insert = (operation: string, match: object = {}): object => ({
    applyTo: 'HTTP_FILTER',
    match,
    patch: { operation, value: { name: 'mine' } },
  })
  const subFilter = { listener: { filterChain: { filter: { subFilter: { name: 'envoy.filters.http.router' } } } } }

  /** Names of HTTP filters. */
  function filtersOf(manifests: readonly Manifest[]): unknown[] {
    const text = JSON.stringify(renderProxy(proxy, manifests))
    return [...text.matchAll(/"name":"(?:envoy\.filters\.http\.)?(cors|fault|router|mine)"/g)].map(([, name]) => name)
  }

  test('filters stand where they are put', () => {
    assert.deepEqual(filtersOf([]), ['cors', 'fault', 'router'])
    assert.deepEqual(filtersOf([filter(insert('INSERT_FIRST'))]), ['mine', 'cors', 'fault', 'router'])
    assert.deepEqual(filtersOf([filter(insert('INSERT_BEFORE', subFilter))]), ['cors', 'fault', 'mine', 'router'])
  })

  test('context, labels and namespace choose', () => {
    const none = [
      filter(insert('INSERT_FIRST', { context: 'SIDECAR_INBOUND' })),
      filter(insert('INSERT_FIRST'), { workloadSelector: { labels: { a: '2' } } }),
      filter(insert('INSERT_FIRST'), {}, { namespace: 'other' }),
    ]
    assert.deepEqual(filtersOf(none), ['cors', 'fault', 'router'])
    const all = [
      filter(insert('INSERT_FIRST', { context: 'ANY' })),
      filter(insert('INSERT_FIRST'), { workloadSelector: { labels: { a: '1' } } }),
      filter(insert('INSERT_FIRST'), {}, { namespace: 'istio-system' }),
    ]
    assert.equal(filtersOf(all).filter(name => name === 'mine').length, 3)
  })

  test('throws at what it does not know', () => {
    for (const patch of [
      insert('REPLACE'),
      insert('INSERT_FIRST', { proxy: { proxyVersion: '1' } }),
      insert('INSERT_FIRST', { listener: { portNumber: 8080 } }),
      { applyTo: 'BOOTSTRAP', patch: { operation: 'MERGE', value: {} } },
      { applyTo: 'CLUSTER', patch: { operation: 'REMOVE', value: {} } },
    ])
      assert.throws(() => renderProxy(proxy, [filter(patch)]), /not known here/)
  })
})
