import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { mannerAt, mannerOf } from './manner.ts'

describe('how a value is written', () => {
  test('payloads are terse', () => {
    for (const text of ['{{7*7}}', "system('id');", "I don't like gzuncompress/*comment*/()", '', 'a b c'])
      assert.equal(mannerOf(text), 'terse', text)
  })

  test('sentences are prose, over lines too, in any language', () => {
    for (const text of [
      'We saw java.lang.Runtime in the trace of the last crash and wonder whether it is related to the upgrade.',
      'Previously you would use `x()` for this in node but that has been\ndeprecated and changed.',
      'Мы видели это сообщение вчера вечером и не знаем, что оно значит.',
    ])
      assert.equal(mannerOf(text), 'prose', text)
  })

  test('several lines of code, or a long value, are a listing', () => {
    assert.equal(mannerOf('import os\n\ndef f():\n    return os\n'), 'listing')
    assert.equal(mannerOf('x('.repeat(301)), 'listing')
  })

  test('whatever was judged before', () => {
    const manners = ['a b c', 'one two three four five six seven', 'a b c'].map(mannerOf)
    assert.deepEqual(manners, ['terse', 'prose', 'terse'])
  })

  test('lines of programs in error reports are listings', () => {
    const frame = ['post', 'json_doc', 'hash', 'frames', 'array', '0', 'hash']
    assert.equal(mannerAt([...frame, 'context_line'], 'import os'), 'listing')
    assert.equal(mannerAt([...frame, 'pre_context', 'array', '2'], 'import os'), 'listing')
    assert.equal(mannerAt(['query', 'context_line'], 'import os'), 'terse')
  })
})
