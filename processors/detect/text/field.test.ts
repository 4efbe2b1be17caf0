import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fieldOf, type Kind, kindOf } from './field.ts'

const POINTS: readonly (readonly [point: string, kind: Kind, field: string])[] = [
  ['query next', 'query', 'next'],
  ['query next percent', 'query', 'next'],
  ['query next array 0', 'query', 'next'],
  ['query next pollution', 'query', 'next'],
  ['query data base64 json_doc hash URL', 'document', 'url'],
  ['post form_urlencoded src', 'form', 'src'],
  ['post multipart file file', 'form', 'file'],
  ['post json_doc array 3', 'document', 'json_doc'],
  ['post json_doc hash urls array 12', 'document', 'urls'],
  ['post', 'text', ''],
  ['websocket', 'text', ''],
  ['header REFERER', 'header', 'referer'],
  ['header COOKIE cookie lang', 'cookie', 'lang'],
  ['path 2', 'path', '2'],
  ['uri', 'path', ''],
]

test('a point tells the kind of a field and its name', () => {
  for (const [point, kind, field] of POINTS) {
    assert.equal(kindOf(point.split(' ')), kind, point)
    assert.equal(fieldOf(point.split(' ')), field, point)
  }
})
