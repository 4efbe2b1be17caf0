import assert from 'node:assert/strict'
import fs, {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, mock, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { Retryable, Usage } from '#schemas/contracts/errors.ts'
import { archives } from './archive.ts'
import { config } from './config.ts'
import { type FileOptions, LineFile } from './file.ts'

const options = (rotate: object = {}): FileOptions => config.parse({ rotate })
const directory = () => mkdtempDisposable(join(tmpdir(), 'tapwire-log-'))
const line = (i: number): string => `{"type":"test","i":${i}}`
const read = (path: string): string => readFileSync(path, 'utf8')
const AT = Date.UTC(2026, 10, 21, 12)

describe('a file of lines', () => {
  test('is created with its directory, for its owner only, and appended to', async () => {
    await using dir = await directory()
    const path = join(dir.path, 'new/deep/out.jsonl')
    for (const i of [1, 2]) {
      await using file = new LineFile(path, options())
      file.append([line(i)])
    }
    assert.equal(read(path), `${line(1)}\n${line(2)}\n`)
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.equal(statSync(join(dir.path, 'new')).mode & 0o777, 0o700)
  })

  test('an empty batch writes nothing', async () => {
    await using dir = await directory()
    await using file = new LineFile(join(dir.path, 'out.jsonl'), options())
    file.append([])
    assert.equal(read(join(dir.path, 'out.jsonl')), '')
  })

  test('counts bytes, not characters', async () => {
    await using dir = await directory()
    const path = join(dir.path, 'out.jsonl')
    await using file = new LineFile(path, options({ bytes: 4096 }))
    for (let i = 0; i < 20; i++) file.append([`{"type":"${'é'.repeat(400)}"}`])
    for (const each of [...archives(path), path]) assert.ok(statSync(each).size <= 4096, each)
  })
})

describe('rotation', () => {
  test('by size: no line is cut, none lost, the oldest files go', async () => {
    await using dir = await directory()
    const path = join(dir.path, 'out.jsonl')
    await using file = new LineFile(path, options({ bytes: 4096, keep: 3 }), () => AT)
    file.append(Array.from({ length: 1000 }, (_, i) => line(i)))
    const files = [...archives(path), path]
    assert.equal(files.length, 4)
    const lines = files.flatMap(each => read(each).trimEnd().split('\n'))
    assert.deepEqual(
      lines,
      Array.from({ length: lines.length }, (_, i) => line(1000 - lines.length + i)),
    )
    for (const each of files) assert.ok(statSync(each).size <= 4096)
  })

  test('a line longer than the limit gets a file of its own', async () => {
    await using dir = await directory()
    const path = join(dir.path, 'out.jsonl')
    await using file = new LineFile(path, options({ bytes: 4096 }))
    const long = `{"type":"${'x'.repeat(10_000)}"}`
    file.append([line(1), long, line(2)])
    assert.deepEqual([...archives(path), path].map(read), [`${line(1)}\n`, `${long}\n`, `${line(2)}\n`])
  })

  test('by time: at the first line of a new day, not at an empty one', async () => {
    await using dir = await directory()
    const path = join(dir.path, 'out.jsonl')
    let now = AT
    await using file = new LineFile(path, options({ every: 'day' }), () => now)
    now += 3 * 86_400_000
    file.append([line(1)])
    file.append([line(2)])
    assert.deepEqual(archives(path), [])
    now += 86_400_000
    file.append([line(3)])
    assert.deepEqual(archives(path), [`${path}.20261125T120000000Z`])
    assert.equal(read(path), `${line(3)}\n`)
  })

  test('by time: also when the day changed while nothing ran', async () => {
    await using dir = await directory()
    const path = join(dir.path, 'out.jsonl')
    {
      await using file = new LineFile(path, options({ every: 'hour' }))
      file.append([line(1)])
    }
    const later = statSync(path).mtimeMs + 3_600_000
    await using file = new LineFile(path, options({ every: 'hour' }), () => later)
    file.append([line(2)])
    assert.equal(archives(path).length, 1)
  })

  test('names rise when the clock goes back', async () => {
    await using dir = await directory()
    const path = join(dir.path, 'out.jsonl')
    let now = AT
    await using file = new LineFile(path, options({ bytes: 4096, every: 'never' }), () => now)
    for (let i = 0; i < 5; i++) {
      file.append([`{"type":"${i}${'x'.repeat(4080)}"}`])
      now -= 1000
    }
    assert.deepEqual(
      archives(path).map(each => read(each)[9]),
      ['0', '1', '2', '3'],
    )
  })

  test('compresses rotated files, and those a crash left', async () => {
    await using dir = await directory()
    const path = join(dir.path, 'out.jsonl')
    writeFileSync(`${path}.20200101T000000000Z`, `${line(0)}\n`)
    writeFileSync(`${path}.20200101T000000000Z.tmp`, 'unfinished')
    {
      await using file = new LineFile(path, options({ bytes: 4096, gzip: true }))
      file.append(Array.from({ length: 300 }, (_, i) => line(i + 1)))
    }
    const files = archives(path)
    assert.ok(files.length > 1 && files.every(each => each.endsWith('.gz')), files.join())
    const text = files.map(each => gunzipSync(readFileSync(each)).toString()).join('') + read(path)
    assert.equal(text, Array.from({ length: 301 }, (_, i) => `${line(i)}\n`).join(''))
    assert.ok(!readdirSync(dir.path).some(name => name.endsWith('.tmp')))
  })

  test('leaves other files alone', async () => {
    await using dir = await directory()
    const path = join(dir.path, 'out.jsonl')
    const others = ['out.jsonl.bak', 'out.jsonl.20261121', 'other.jsonl.20200101T000000000Z']
    for (const name of others) writeFileSync(join(dir.path, name), '')
    await using file = new LineFile(path, options({ bytes: 4096, keep: 1 }))
    file.append(Array.from({ length: 1000 }, (_, i) => line(i)))
    for (const name of others) assert.ok(readdirSync(dir.path).includes(name), name)
  })

  test('a file that somebody moved away is opened anew', async () => {
    await using dir = await directory()
    const path = join(dir.path, 'out.jsonl')
    await using file = new LineFile(path, options())
    file.append([line(1)])
    renameSync(path, `${path}.old`)
    file.append([line(2)])
    rmSync(path)
    file.append([line(3)])
    assert.equal(read(`${path}.old`), `${line(1)}\n`)
    assert.equal(read(path), `${line(3)}\n`)
  })
})

describe('a torn end', () => {
  for (const [title, before, after] of [
    ['is cut off', `${line(1)}\n{"type":"det`, `${line(1)}\n`],
    ['of a few characters', `${line(1)}\n{"`, `${line(1)}\n`],
    ['alone in the file', '{"type":"exchange","id":"0', ''],
    ['longer than a block', `${line(1)}\n{"type":"${'x'.repeat(200_000)}`, `${line(1)}\n`],
    ['of zeros', `${line(1)}\n\0\0\0\0`, `${line(1)}\n`],
    ['that is none', `${line(1)}\n`, `${line(1)}\n`],
  ] as const) {
    test(title, async () => {
      await using dir = await directory()
      const path = join(dir.path, 'out.jsonl')
      writeFileSync(path, before)
      await using file = new LineFile(path, options())
      file.append([line(2)])
      assert.equal(read(path), `${after}${line(2)}\n`)
    })
  }

  test('that is not ours is refused, and left alone', async () => {
    await using dir = await directory()
    const path = join(dir.path, 'notes.txt')
    writeFileSync(path, 'my notes')
    assert.throws(() => new LineFile(path, options()), {
      name: 'Usage',
      message: /notes\.txt does not end with a line/,
    })
    assert.equal(read(path), 'my notes')
  })
})

describe('errors', () => {
  /** The next write of the destination stops after `bytes` bytes. */
  function failOnce(code: string, bytes: number): Disposable {
    const real = fs.writeSync
    let calls = 0
    const mocked = mock.method(fs, 'writeSync', (fd: number, text: string): number => {
      calls++
      if (calls === 1 && bytes > 0) return real(fd, Buffer.from(text).subarray(0, bytes))
      if (calls > 2) return real(fd, text)
      throw Object.assign(new Error(`${code}: test`), { code })
    })
    return { [Symbol.dispose]: () => mocked.mock.restore() }
  }

  for (const bytes of [0, 10]) {
    test(`a full disk after ${bytes} bytes is Retryable, and the retry leaves no trace of it`, async () => {
      await using dir = await directory()
      const path = join(dir.path, 'out.jsonl')
      await using file = new LineFile(path, options())
      file.append([line(1)])
      {
        using _ = failOnce('ENOSPC', bytes)
        assert.throws(
          () => file.append([line(2), line(3)]),
          (error: unknown) => error instanceof Retryable && error.reason === 'disk-full',
        )
      }
      assert.equal(read(path), `${line(1)}\n`)
      file.append([line(2), line(3)])
      assert.equal(read(path), `${line(1)}\n${line(2)}\n${line(3)}\n`)
    })
  }

  test('another error of the disk is Retryable too', async () => {
    await using dir = await directory()
    await using file = new LineFile(join(dir.path, 'out.jsonl'), options())
    using _ = failOnce('EIO', 0)
    assert.throws(() => file.append([line(1)]), { name: 'Retryable', reason: 'file' })
  })

  test('when cutting off fails as well, the next write does it', async () => {
    await using dir = await directory()
    const path = join(dir.path, 'out.jsonl')
    await using file = new LineFile(path, options())
    file.append([line(1)])
    appendFileSync(path, '')
    {
      using _ = failOnce('ENOSPC', 10)
      const truncate = mock.method(fs, 'ftruncateSync', () => {
        throw Object.assign(new Error('EIO: test'), { code: 'EIO' })
      })
      assert.throws(() => file.append([line(2)]), Retryable)
      truncate.mock.restore()
    }
    file.append([line(2)])
    assert.equal(read(path), `${line(1)}\n${line(2)}\n`)
  })

  test('a path that cannot be written is a clear Usage error', async () => {
    await using dir = await directory()
    const taken = join(dir.path, 'taken')
    writeFileSync(taken, '')
    mkdirSync(join(dir.path, 'directory'))
    for (const path of [join(taken, 'out.jsonl'), join(dir.path, 'directory'), '/dev/null']) {
      assert.throws(
        () => new LineFile(path, options()),
        (error: unknown) =>
          error instanceof Usage && error.message.startsWith('log sink: ') && error.message.includes(path),
        path,
      )
    }
  })
})
