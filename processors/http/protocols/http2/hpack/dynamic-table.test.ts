import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Field, fieldOf } from '../field.ts'
import { DynamicTable } from './dynamic-table.ts'

const field = (name: string, octets = 100): Field => fieldOf(name, 'v'.repeat(octets - 32 - name.length))

const names = (table: DynamicTable): (string | null)[] => {
  const found: (string | null)[] = []
  for (let nth = 1; table.get(nth) !== undefined; nth++) found.push(table.get(nth)!.name)
  return found
}

test('the newest entry comes first, the oldest goes first', () => {
  const table = new DynamicTable(65_536)
  table.resize(300)
  for (const name of ['a', 'b', 'c', 'd']) table.insert(field(name))
  assert.deepEqual(names(table), ['d', 'c', 'b'])
  table.resize(150)
  assert.deepEqual(names(table), ['d'])
})

test('an entry larger than the table empties it, and is not there (RFC 7541 §4.4)', () => {
  const table = new DynamicTable(65_536)
  table.resize(300)
  table.insert(field('a'))
  table.insert(field('b', 301))
  assert.deepEqual(names(table), [])
  assert.equal(table.size, 0)
})

test('after a loss everything is older, until no room is left for it', () => {
  const table = new DynamicTable(65_536)
  table.insert(field('a'))
  table.lose()
  assert.equal(table.older, true)
  assert.equal(table.get(1), undefined)
  table.insert(field('b'))
  assert.deepEqual(names(table), ['b'])
  table.resize(200)
  assert.equal(table.older, true, 'an entry of 100 octets may stand behind b')
  table.insert(field('c', 69))
  assert.equal(table.older, false, 'less than 32 octets are left')
})

test('a table of size 0 is known', () => {
  const table = new DynamicTable(65_536)
  table.lose()
  table.resize(0)
  assert.equal(table.older, false)
})

test('beyond the cap entries become unknown, not gone', () => {
  const table = new DynamicTable(250)
  table.resize(1000)
  for (const name of ['a', 'b', 'c']) table.insert(field(name))
  assert.deepEqual(names(table), ['c', 'b'])
  assert.equal(table.older, true)
  table.insert(field('d', 500))
  assert.deepEqual(names(table), [], 'it is there at index 62, and larger than what is kept')
  table.insert(field('e'))
  assert.deepEqual(names(table), ['e'])
  assert.equal(table.older, true)
})

test('a snapshot is the table', () => {
  const table = new DynamicTable(400)
  table.lose()
  for (let i = 0; i < 40; i++) table.insert(field(`n${i}`, 60))
  const other = new DynamicTable(400)
  other.restore(table.snapshot())
  assert.deepEqual(other.snapshot(), table.snapshot())
  assert.equal(other.size, table.size)
  assert.equal(other.older, true)
})
