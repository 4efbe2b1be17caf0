import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { mulberry32 } from '#test/driver/random.ts'
import { archives } from './archive.ts'
import log from './index.ts'

/** Ids in all files, oldest first. Throws when a line is not whole. */
function idsIn(path: string): string[] {
  return [...archives(path), path].flatMap(file => {
    const text = readFileSync(file, 'utf8')
    assert.ok(text === '' || text.endsWith('\n'), `${file} ends with a newline`)
    return text
      .split('\n')
      .slice(0, -1)
      .map(line => JSON.parse(line).id as string)
  })
}

for (let seed = 1; seed <= 6; seed++) {
  test(`SIGKILL loses no acknowledged line and leaves whole lines (seed ${seed})`, async () => {
    await using directory = await mkdtempDisposable(join(tmpdir(), 'tapwire-log-'))
    const child = spawn(process.execPath, [join(import.meta.dirname, 'testdata/crash-writer.ts'), directory.path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const killAfter = 1 + Math.floor(mulberry32(seed)() * 100)
    let acknowledged = ''
    for await (const text of child.stdout.setEncoding('utf8')) {
      acknowledged += text
      if (acknowledged.split('\n').length > killAfter) child.kill('SIGKILL')
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    assert.equal(child.signalCode, 'SIGKILL')

    const path = join(directory.path, 'out.jsonl')
    // What the next start does first.
    const sink = await log.open(log.config.parse({ path }), { stdout: process.stdout, directory: directory.path })
    await sink[Symbol.asyncDispose]()
    const ids = idsIn(path)
    const batches = acknowledged.split('\n').length - 1
    const expected = Array.from({ length: batches }, (_, batch) =>
      Array.from({ length: 1 + (batch % 40) }, (_, i) => `${batch}.${i}`),
    ).flat()
    assert.deepEqual(ids.slice(0, expected.length), expected, `seed ${seed}`)
  })
}
