/** Differences for people and for programs. */
import { printable } from '../printable.ts'
import { counted } from './counted.ts'
import type { Difference } from './differences.ts'

const UNITS: readonly (readonly [suffix: string, units: readonly (readonly [name: string, size: number])[]])[] = [
  [
    '.ms',
    [
      ['day', 86_400_000],
      ['hour', 3_600_000],
      ['minute', 60_000],
      ['second', 1000],
    ],
  ],
  [
    '.bytes',
    [
      ['GiB', 1024 ** 3],
      ['MiB', 1024 ** 2],
      ['KiB', 1024],
    ],
  ],
]

/** One line each, by topic. */
export function renderDifferences(differences: readonly Difference[]): string {
  const lines: string[] = []
  let last: string | null | undefined
  for (const { topic, what, have, want, why } of differences) {
    if (topic !== last) lines.push(printable(topic ?? 'the cluster'))
    last = topic
    const change = have === null ? `create with ${want}` : `${shown(what, have)} → ${shown(what, want)}  (${why})`
    lines.push(`  ${what}  ${change}`)
  }
  return lines.map(line => `${line}\n`).join('')
}

/** A JSON line. */
export function lineOf(difference: Difference): string {
  return `${JSON.stringify({ type: 'topic-difference', ...difference })}\n`
}

function shown(what: string, value: string): string {
  const units = UNITS.find(([suffix]) => what.endsWith(suffix))?.[1] ?? []
  const number = Number(value)
  const unit = units.find(([, size]) => number >= size && number % size === 0)
  const text = printable(value)
  return unit === undefined
    ? text
    : `${text} (${unit[0].length > 3 ? counted(number / unit[1], unit[0]) : `${number / unit[1]} ${unit[0]}`})`
}
