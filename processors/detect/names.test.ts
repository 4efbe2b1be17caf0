import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DetectorSpec } from '#schemas/contracts/detector.ts'
import { headerNamesOf, namesOf, wakingNames } from './names.ts'

const detector = (names: readonly string[], quiet: boolean): DetectorSpec => ({
  id: 'x',
  attack: 'scanner',
  literals: [],
  words: [],
  names,
  ...(quiet ? { quietNames: true } : {}),
  inspect: () => {},
})

const DETECTORS = [detector(['url', 'role'], false), detector(['role', 'x-scanner'], true)]

test('names of values, in either case, of lists and of what came more than once', () => {
  const named = namesOf(DETECTORS)
  for (const suffix of [
    ['URL'],
    ['query', 'url'],
    ['url', 'array', '0'],
    ['hash', 'url', 'pollution'],
    ['cookie', 'url'],
  ]) {
    assert.equal(named(suffix), 0b01, suffix.join())
  }
  assert.equal(named(['hash', 'role']), 0b11)
  for (const suffix of [[], ['other'], ['url', 'other'], ['url', 'hash', 'x']])
    assert.equal(named(suffix), 0, suffix.join())
})

test('names that are left to their needles wake nothing, and are none of cookies', () => {
  assert.deepEqual(wakingNames(DETECTORS), ['url', 'role'])
  assert.equal(namesOf(DETECTORS)(['cookie', 'role']), 0b01)
})

test('headers by name', () => {
  const isNamed = headerNamesOf(DETECTORS)
  for (const name of ['X-Scanner', 'x-scanner', 'Role']) assert.equal(isNamed(name), true, name)
  for (const name of ['Host', 'X-Scamper', 'X-Scanne', '']) assert.equal(isNamed(name), false, name)
})
