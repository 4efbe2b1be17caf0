import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import cases from './cases.json' with { type: 'json' }
import { selection } from './config.ts'
import { facts, podFacts, type Sketch } from './facts.test-support.ts'
import type { PodFacts } from './facts.ts'
import { compileRules, select } from './select.ts'

/** The example of the reference product's documentation. */
const EXAMPLE = {
  filters: [
    { namespace: 'default' },
    {
      namespace: 'my-namespace',
      pod_labels: { environment: 'production', team: 'backend,ops' },
      pod_annotations: { 'app.kubernetes.io/name': 'myapp' },
    },
  ],
}

describe('the table', () => {
  for (const { name, rules = {}, facts: sketch, mirror, why } of cases) {
    test(name, () => {
      const compiled = compileRules(selection.parse(rules === 'example' ? EXAMPLE : rules))
      const verdict = select(compiled, facts(sketch as Sketch))
      assert.equal(verdict.mirror, mirror, verdict.why)
      if (why !== undefined) assert.equal(verdict.why, why)
    })
  }
})

/** Written down from the documentation, with the native names as another voice that wins: slow, plain, and of no other use. */
function expected(pod: PodFacts, filtered: boolean, excluded: boolean, allNamespaces: boolean): boolean {
  const said = (native: string | undefined, compatible: string | undefined, yes: string, no: string): string => {
    if (native === 'true' || native === 'enabled') return 'yes'
    if (native !== undefined) return 'no'
    if (compatible === yes) return 'yes'
    if (compatible === no) return 'no'
    return 'nothing'
  }
  const namespace = said(
    pod.namespaceLabels.get('tapwire.io/mirror'),
    pod.namespaceLabels.get('wallarm-mirror'),
    'enabled',
    'disabled',
  )
  const own = said(
    pod.annotations.get('tapwire.io/mirror'),
    pod.annotations.get('mirror.wallarm.com/enabled'),
    'true',
    'false',
  )
  if (excluded) return false
  if (namespace === 'no') return false
  if (own === 'no') return false
  if (own === 'yes') return true
  if (namespace === 'yes') return true
  if (filtered) return true
  return allNamespaces
}

test('every combination of labels, annotations, filters, exclude and allNamespaces', () => {
  const NATIVE = [undefined, 'true', 'false', 'enabled', 'disabled', 'maybe', '']
  const WORDS = [undefined, 'enabled', 'disabled', 'true', 'false', '']
  const YES_NO = [true, false]
  let rows = 0
  for (const allNamespaces of YES_NO)
    for (const filtered of YES_NO)
      for (const excluded of YES_NO) {
        const rules = compileRules(
          selection.parse({
            allNamespaces,
            filters: [{ namespace: 'other' }, ...(filtered ? [{ namespace: 'shop', container_name: 'web' }] : [])],
            exclude: [{ namespace: 'other' }, ...(excluded ? [{ pod_name: 'app' }] : [])],
          }),
        )
        for (const nativeLabel of NATIVE)
          for (const label of WORDS)
            for (const nativeAnnotation of NATIVE)
              for (const annotation of WORDS) {
                const pod = podFacts({
                  namespaceLabels: texts({ 'tapwire.io/mirror': nativeLabel, 'wallarm-mirror': label }),
                  annotations: texts({
                    'tapwire.io/mirror': nativeAnnotation,
                    'mirror.wallarm.com/enabled': annotation,
                  }),
                })
                const { mirror, why } = select(rules, { ...facts(), pod })
                const want = expected(pod, filtered, excluded, allNamespaces) ? 'yes' : 'no'
                const row = { allNamespaces, filtered, excluded, nativeLabel, label, nativeAnnotation, annotation }
                assert.equal(mirror, want, `${JSON.stringify(row)}: ${why}`)
                rows++
              }
      }
  assert.equal(rows, 8 * 7 * 6 * 7 * 6)
})

function texts(given: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(given).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  )
}

test('the verdict names no text that a workload chose', () => {
  const rules = compileRules(selection.parse({ allNamespaces: true }))
  const { why } = select(rules, facts({ pod: { annotations: { 'tapwire.io/mirror': '\u001b[31m' } } }))
  assert.doesNotMatch(why, /\u001b/)
})
