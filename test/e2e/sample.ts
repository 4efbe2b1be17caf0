/** The bundled sample and what is known to be in it. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '#infra/cli/components.ts'

export const SAMPLE = join(ROOT, 'infra', 'sample', 'sample.pcapng')

interface Expected {
  readonly exchanges: number
  readonly hosts: Readonly<Record<string, number>>
  readonly methods: Readonly<Record<string, number>>
  readonly statuses: Readonly<Record<string, number>>
  readonly clients: Readonly<Record<string, number>>
  readonly vlans: Readonly<Record<string, number>>
  readonly attacks: readonly {
    readonly name: string
    readonly attack: string
    readonly host: string
    readonly where: string
    readonly client: string
    readonly method: string
    readonly target: string
  }[]
}

export const EXPECTED = JSON.parse(readFileSync(join(ROOT, 'infra', 'sample', 'expected.json'), 'utf8')) as Expected

/** The sample's configuration with everything it writes in `folder`; the log sink also gets exchanges. */
export function sampleConfig(folder: string, changes: (text: string) => string = text => text): string {
  const text = readFileSync(join(ROOT, 'infra', 'sample', 'tapwire.yaml'), 'utf8')
    .replace('path: sample.pcapng', `path: ${SAMPLE}`)
    .replaceAll('../../.tapwire/sample', folder)
    .replace('- type: log\n', '- type: log\n    topics: [exchanges, detections]\n')
  const file = join(folder, 'tapwire.yaml')
  writeFileSync(file, `${changes(text)}\ntelemetry:\n  listen: false\n`)
  return file
}

export function countBy<T>(items: readonly T[], of: (item: T) => string): Record<string, number> {
  const counts = new Map<string, number>()
  for (const item of items) counts.set(of(item), (counts.get(of(item)) ?? 0) + 1)
  return Object.fromEntries([...counts].sort(([x], [y]) => (x < y ? -1 : 1)))
}
