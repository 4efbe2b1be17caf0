import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { mulberry32 } from '#test/driver/random.ts'
import type { Command } from './command.ts'
import { type Beginning, Lexer } from './lexer.ts'
import cases from './testdata/words.json' with { type: 'json' }

function commandsOf(text: string, from = 0, beginning: Beginning = 'unquoted'): readonly Command[] {
  const commands: Command[] = []
  new Lexer(text, from, beginning, command => commands.push(command)).run()
  return commands
}

/** `separator:word word`, as the programs would get them. */
function read(text: string, beginning: Beginning = 'unquoted'): readonly string[] {
  return commandsOf(text, 0, beginning).map(({ intro, words }) => `${intro}:${words.map(word => word.text).join(' ')}`)
}

describe('the lexer of Unix shells', () => {
  test('separates commands', () => {
    assert.deepEqual(read('a;b|c||d&e&&f\ng'), ['start:a', ';:b', '|:c', '||:d', '&:e', '&&:f', 'newline:g'])
    assert.deepEqual(read('a (b) c'), ['start:a', '(:b', '):c'])
    assert.deepEqual(read('Tom &amp; Jerry &lt;b&gt;'), ['start:Tom &amp; Jerry &lt;b&gt;'])
  })

  test('leaves in quotes what is quoted, and goes on behind a lone quote', () => {
    assert.deepEqual(read(`echo 'a;b' "c|d"`), ['start:echo a;b c|d'])
    assert.deepEqual(read(`it's; id`), ['start:its', ';:id'])
  })

  test('knows which words are spelled to hide', () => {
    const tricks = (text: string) => commandsOf(text).at(-1)!.words[0]!.tricks
    for (const text of [`c'a't`, `c\\at`, 'c$@at', 'ca$()t', '{cat,x}', `$'\\x63at'`]) assert.ok(tricks(text) > 0, text)
    for (const text of ['cat', `'cat'`, `"cat"`, `'a cat'`, '"$HOME"/x']) assert.equal(tricks(text), 0, text)
  })

  test('takes quotes out of words, and expands what it knows', () => {
    for (const { text, words } of cases) {
      const last = commandsOf(text).at(-1)!
      assert.equal(last.words.map(word => word.text).join(' '), words, text)
    }
  })

  test('hands out programs inside of words, also in double quotes', () => {
    assert.deepEqual(read('x$(id -u)y'), ['$(:id -u', 'start:xy'])
    assert.deepEqual(read('"`id`"'), ['`:id', 'start:'])
    assert.deepEqual(read(`'$(id)'`), ['start:$(id)'])
    assert.deepEqual(read(`'$(id)'`, 'double'), ['$(:id', `start:''`])
    assert.deepEqual(read('x";id;"', 'double'), ['start:x', ';:id'])
    assert.deepEqual(read('cat <(id)'), ['<(:id', 'start:cat '])
  })

  test('keeps redirects apart from words', () => {
    const [command] = commandsOf('id 2>&1 >/tmp/x <y')
    assert.deepEqual(
      command!.words.map(word => word.text),
      ['id'],
    )
    assert.deepEqual(command!.redirects, [
      { operator: '>&', target: '1' },
      { operator: '>', target: '/tmp/x' },
      { operator: '<', target: 'y' },
    ])
  })

  test('reads anything, within its bounds', () => {
    const pieces = [
      '$(',
      ')',
      '`',
      "'",
      '"',
      '\\',
      ';',
      '|',
      '{',
      '}',
      ',',
      '${',
      '$((',
      '))',
      "$'",
      '<',
      '>',
      '&',
      ' ',
      'a',
      'a=b',
      '\n',
      '#',
      '$a',
    ]
    for (let seed = 1; seed <= 400; seed++) {
      const random = mulberry32(seed)
      let text = ''
      for (let i = 0; i < 60; i++) text += pieces[Math.floor(random() * pieces.length)]
      for (const { words, start, end } of [...commandsOf(text), ...commandsOf(text, 0, 'double')]) {
        assert.ok(start >= 0 && start <= end && end <= text.length, `seed ${seed}`)
        for (const word of words) assert.ok(word.text.length <= 1100 && word.start <= word.end, `seed ${seed}`)
      }
    }
  })

  test('keeps one command of a pipeline', () => {
    const last = commandsOf('|a'.repeat(50)).at(-1)!
    assert.equal(last.piped!.piped, null)
  })

  test('hands out ten times as many commands of a text ten times as long', () => {
    for (const piece of [';a', '&a', '`"', '$(', '{a,', '() {', ';cat ', 'a=b;$a', ';"', ";'$("]) {
      const short = commandsOf(piece.repeat(1000)).length
      const long = commandsOf(piece.repeat(10_000)).length
      assert.ok(long <= 10 * short + 20, `${piece}: ${short}, ${long}`)
    }
  })
})
