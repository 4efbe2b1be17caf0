/** The stage behind the real producer and reassembly, on the traces next to the checkout. */
import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { test } from 'node:test'
import { Ledger } from '#schemas/records/ledger.ts'
import { readFile, reusableComponents } from '#test/driver/read.ts'
import { corpus } from '#test/needs.ts'

interface Line {
  readonly type: string
  readonly response: object | null
  readonly anomalies: readonly string[]
}

test('corpora: every byte is settled, and every exchange without a response says why', async t => {
  const corpora = corpus(t, '.')
  if (corpora === null) return
  const components = await reusableComponents()
  let exchanges = 0
  for (const file of globSync('{zeek,sv}/*.pcap', { cwd: corpora }).toSorted()) {
    const { lines, report } = await readFile(components, corpora, `${corpora}/${file}`)
    assert.equal(Ledger.of(report.ledger).pending, 0, file)
    for (const line of lines) {
      const { type, response, anomalies } = JSON.parse(line) as Line
      if (type !== 'exchange') continue
      exchanges++
      const why = anomalies.some(kind => kind.startsWith('http.no-response.'))
      assert.equal(why, response === null, `${file}: ${line}`)
    }
  }
  assert.ok(exchanges > 100, `${exchanges} exchanges`)
})
