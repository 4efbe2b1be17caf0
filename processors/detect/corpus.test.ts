/**
 * The stage over the shared corpora: attacks found, harmless requests flagged. A floor under what tuning reached, far
 * enough below it that only a real loss fails. Set DETECT_REPORT=1 for the figures by class and category.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { corpus } from '#test/needs.ts'
import { Bench, exchangeOfRaw } from './testdata/exchange.ts'

interface Sample {
  readonly label: 'attack' | 'benign' | 'negative' | 'protocol'
  readonly class: string
  readonly pl: number
  readonly tier: string
  readonly category: string
  readonly raw: string
}

class Score {
  readonly #rows = new Map<string, { hit: number; all: number }>()

  add(row: string, hit: boolean): void {
    const { hit: hits, all } = this.#rows.get(row) ?? { hit: 0, all: 0 }
    this.#rows.set(row, { hit: hits + Number(hit), all: all + 1 })
  }

  percent(row: string): number {
    const { hit, all } = this.#rows.get(row)!
    return (100 * hit) / all
  }

  report(): string {
    const rows = [...this.#rows].toSorted(([a], [b]) => a.localeCompare(b))
    return rows.map(([row, { hit, all }]) => `${row}: ${hit}/${all} ${((100 * hit) / all).toFixed(2)} %`).join('\n')
  }
}

function score(corpora: string, file: string, rowsOf: (sample: Sample) => readonly string[]): Score {
  const bench = new Bench()
  const score = new Score()
  for (const line of readFileSync(join(corpora, file), 'utf8').trim().split('\n')) {
    const sample = JSON.parse(line) as Sample
    const hit = bench.inspect(exchangeOfRaw(Buffer.from(sample.raw, 'base64'))).length > 0
    for (const row of rowsOf(sample)) score.add(row, hit)
  }
  if (process.env['DETECT_REPORT'] === '1') process.stderr.write(`${file}\n${score.report()}\n`)
  return score
}

test('attacks of paranoia levels 1 and 2', t => {
  const corpora = corpus(t, '.')
  if (corpora === null) return
  const found = score(corpora, 'crs-dev.jsonl', ({ label, class: kind, pl }) =>
    label === 'attack' && pl <= 2 && ['sqli', 'xss', 'lfi'].includes(kind) ? [kind, `${kind} level ${pl}`] : [],
  )
  assert.ok(found.percent('sqli') >= 80, found.report())
  assert.ok(found.percent('xss') >= 78, found.report())
  assert.ok(found.percent('lfi') >= 80, found.report())
})

test('harmless requests', t => {
  const corpora = corpus(t, '.')
  if (corpora === null) return
  const flagged = score(corpora, 'benign-dev.jsonl', ({ tier, category }) => [tier, `${tier} ${category}`])
  assert.ok(flagged.percent('plain') <= 0.2, flagged.report())
  assert.ok(flagged.percent('hard') <= 3, flagged.report())
})
