import assert from 'node:assert/strict'
import { test } from 'node:test'
import { progressBar, renderProgress } from './progress.ts'

function terminal(isTTY: boolean): { written: string[]; stream: NodeJS.WriteStream } {
  const written: string[] = []
  const stream = { isTTY, columns: 80, write: (text: string) => written.push(text) > 0 }
  return { written, stream: stream as unknown as NodeJS.WriteStream }
}

test('shows share, rate and time left', () => {
  const line = renderProgress('a.pcap', { done: 50 * 1024 ** 2, total: 100 * 1024 ** 2 }, 5)
  assert.equal(line, `a.pcap [${'#'.repeat(15)}${'.'.repeat(15)}] 50 % 50.0 MiB 10.0 MiB/s 5 s left`)
  assert.equal(renderProgress('-', { done: 1024 ** 2, total: null }, 2), '- 1.0 MiB 0.5 MiB/s')
})

test('redraws at most ten times a second, and clears only what it drew', () => {
  const { written, stream } = terminal(true)
  let now = 0
  const bar = progressBar(stream, () => now)
  bar.clear()
  assert.deepEqual(written, [])
  for (now = 0; now < 1000; now += 10) bar.update('x', { done: now, total: 1000 })
  assert.equal(written.length, 10)
  bar.clear()
  assert.equal(written.at(-1), '\r\x1b[K')
})

test('writes nothing where there is no terminal', () => {
  const { written, stream } = terminal(false)
  const bar = progressBar(stream)
  bar.update('x', { done: 1, total: 2 })
  bar.clear()
  assert.deepEqual(written, [])
})
