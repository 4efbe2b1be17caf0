import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { mulberry32 } from '#test/driver/random.ts'
import { EXPECTED, SAMPLE, sampleConfig } from './sample.ts'
import { scratch, tapwire } from './tapwire.ts'

interface Line {
  readonly type: string
  readonly id: string
  readonly origin: { readonly topic: string; readonly partition: number; readonly offsets: readonly [number, number] }
}

function linesOf(folder: string): Line[] {
  const file = join(folder, 'detections.jsonl')
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Line)
}

test('run: capture to log to sink; started again there is nothing new', async t => {
  const folder = scratch(t)
  const config = sampleConfig(folder)
  const first = await tapwire(['run', '--config', config])
  assert.equal(first.stderr, '')
  assert.equal(first.code, 0)
  assert.match(first.stdout, new RegExp(`Exchanges +${EXPECTED.exchanges}`))
  assert.match(first.stdout, /detections\.jsonl/)
  assert.doesNotMatch(first.stdout, /still open/, 'every captured byte has its fate at the end')
  const lines = linesOf(folder)
  assert.equal(lines.filter(line => line.type === 'exchange').length, EXPECTED.exchanges)
  for (const { origin } of lines) {
    assert.equal(origin.topic, 'segments')
    assert.ok(origin.partition >= 0 && origin.partition < 4)
    assert.ok(origin.offsets[0] <= origin.offsets[1])
  }

  const second = await tapwire(['run', '--config', config])
  assert.equal(second.code, 0)
  assert.match(second.stdout, /Nothing new/)
  assert.deepEqual(linesOf(folder), lines)
})

test('run finds what read finds, id by id', async t => {
  const folder = scratch(t)
  const config = sampleConfig(folder)
  await tapwire(['run', '--config', config])
  const read = await tapwire(['read', '--config', config, SAMPLE])
  const ids = (lines: readonly Line[]): string[] => lines.map(line => line.id).sort()
  assert.deepEqual(ids(linesOf(folder)), ids(read.lines<Line>()))
})

test('kill -9 at random moments: every exchange and detection arrives, repeats carry the same id, the ledger is exact', async t => {
  const random = mulberry32(20261121)
  const calm = scratch(t)
  const undisturbed = await tapwire(['run', '--config', sampleConfig(calm)])
  const want = new Set(linesOf(calm).map(line => line.id))
  const coverage = (text: string): string =>
    text
      .slice(text.indexOf('Coverage'))
      .replace(/ in [\d,]+ packets/, '')
      .split('\n\n')[0]!

  const folder = scratch(t)
  // At its own pace, fast enough to last a second or two: so that kills hit every phase.
  const config = sampleConfig(folder, text => text.replace(/path: (\S+sample\.pcapng)/, 'path: $1\n    speed: 40'))
  let kills = 0
  for (let i = 0; i < 8; i++) {
    const life = 250 + random() * 900
    const { signal } = await tapwire(['run', '--config', config], {
      during: child => {
        const timer = setTimeout(() => child.kill('SIGKILL'), life)
        child.once('exit', () => clearTimeout(timer))
      },
    })
    if (signal === 'SIGKILL') kills++
  }
  const last = await tapwire(['run', '--config', config])
  assert.equal(last.code, 0, last.stderr)
  assert.deepEqual(new Set(linesOf(folder).map(line => line.id)), want, `${kills} kills`)
  const again = await tapwire(['run', '--config', config])
  assert.match(again.stdout, /Nothing new/)
  if (last.stdout.includes('Coverage'))
    assert.equal(coverage(last.stdout), coverage(undisturbed.stdout), `${kills} kills`)
})

test('Ctrl-C stops cleanly, says how to go on, and going on loses nothing', async t => {
  const folder = scratch(t)
  const config = sampleConfig(folder, text => text.replace(/path: (\S+sample\.pcapng)/, 'path: $1\n    speed: 10'))
  const stopped = await tapwire(['run', '--config', config], {
    during: child => {
      const timer = setTimeout(() => child.kill('SIGINT'), 1500)
      child.once('exit', () => clearTimeout(timer))
    },
  })
  assert.equal(stopped.code, 130)
  assert.match(stopped.stdout, /The same command goes on from here/)
  const rest = await tapwire(['run', '--config', sampleConfig(folder)])
  assert.equal(rest.code, 0)
  const exchanges = linesOf(folder).filter(line => line.type === 'exchange')
  assert.equal(new Set(exchanges.map(line => line.id)).size, EXPECTED.exchanges)
  assert.equal(exchanges.length, EXPECTED.exchanges, 'a clean stop repeats nothing')
})
