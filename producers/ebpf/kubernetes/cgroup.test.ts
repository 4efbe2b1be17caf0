import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { whereabouts } from './cgroup.ts'
import paths from './paths.json' with { type: 'json' }

const WORDS: ReadonlyMap<string, string> = new Map([
  ['{uid}', '0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0'],
  ['{uid_}', '0f1e2d3c_4b5a_6978_8796_a5b4c3d2e1f0'],
  ['{hash}', '0123456789abcdef0123456789abcdef'],
  ['{id}', `${'c0ffee'.repeat(10)}beef`],
  ['{other}', 'ab'.repeat(32)],
])

function filled(text: string): string {
  return text.replaceAll(/\{\w+\}/g, word => WORDS.get(word)!)
}

describe('paths of cgroups', () => {
  for (const { what, path, pod, container, kubernetes } of paths) {
    test(what, () => {
      assert.deepEqual(whereabouts(filled(path)), {
        pod: pod === null ? null : filled(pod),
        container: container === null ? null : filled(container),
        kubernetes,
      })
    })
  }

  test('a path of any length takes no time', () => {
    const long = `/${'cri-containerd-'.repeat(300)}/${'a'.repeat(4000)}/${'pod'.repeat(1000)}`
    assert.deepEqual(whereabouts(long), { pod: null, container: null, kubernetes: false })
  })
})
