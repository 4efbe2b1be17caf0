import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { formSpans } from './forms.ts'
import { mayHoldForm, mayHoldName, mayHoldSecret } from './glance.ts'
import { classOfName } from './names.ts'

/** All words of the source that names are known by. */
const WORDS = readFileSync(new URL('./names.ts', import.meta.url), 'utf8').match(/[a-z_0-9]{2,}/g)!

test('every name that is secret is seen at a glance, in each way of writing it', () => {
  const names = [...new Set(WORDS)].filter(word => classOfName(word) !== null)
  assert.ok(names.length > 60, String(names.length))
  for (const name of names)
    for (const written of [name, name.toUpperCase(), `"${name}":`, `x.${name}=`, `<${name}>`, `${name}:`])
      assert.ok(mayHoldName(written) && mayHoldSecret(written), written)
})

test('every form is seen at a glance', () => {
  for (const text of [
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl',
    'Bearer abcdefghijk',
    'basic YW5uYTphbm5h',
    '-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIAbcdefghij\n-----END',
    'AKIAIOSFODNN7EXAMPLE',
    `AIza${'a'.repeat(35)}`,
    `ghp_${'a'.repeat(36)}`,
    `github_pat_${'a'.repeat(36)}`,
    'glpat-abcdefghijklmnopqrst',
    'xoxb-1234567890-abcdef',
    'sk_live_abcdefghijklmnop',
    `npm_${'a'.repeat(36)}`,
    'redis://u:pw@h',
    '4111 1111 1111 1111',
    'DE89370400440532013000',
    'a@b.example',
    '+442079460958',
  ]) {
    assert.ok(formSpans(text, () => true).length > 0, text)
    assert.ok(mayHoldForm(text) && mayHoldSecret(text), text)
  }
})
