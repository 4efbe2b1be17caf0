/** The golden cases as they lie in this folder. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

export const INPUT = 'input.pcap'
export const CONFIG = 'config.yaml'
export const EXPECTED = 'expected.jsonl'

export interface GoldenCase {
  readonly name: string
  readonly folder: string
  readonly capture: Uint8Array
  /** Configuration of the processors. */
  readonly processors: Readonly<Record<string, unknown>>
}

export function goldenFolder(name: string): string {
  return join(import.meta.dirname, name)
}

export function goldenCaptures(): readonly GoldenCase[] {
  return readdirSync(import.meta.dirname)
    .toSorted()
    .filter(name => existsSync(join(goldenFolder(name), INPUT)))
    .map(name => {
      const folder = goldenFolder(name)
      return { name, folder, capture: readFileSync(join(folder, INPUT)), processors: processorsOf(folder) }
    })
}

function processorsOf(folder: string): Readonly<Record<string, unknown>> {
  const file = join(folder, CONFIG)
  if (!existsSync(file)) return {}
  return (parse(readFileSync(file, 'utf8')) as { readonly processors: Readonly<Record<string, unknown>> }).processors
}
