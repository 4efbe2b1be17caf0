/** Where findings go, and how one is repeated. */
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Finding } from './session.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const FOLDER = join(ROOT, '.tapwire/fuzz')

/** Saves the input and returns what a person has to know. */
export function describeFinding(target: string, seed: number, { kind, input, message }: Finding): string {
  mkdirSync(FOLDER, { recursive: true })
  const file = join(FOLDER, `${target}-${createHash('sha256').update(input).digest('hex').slice(0, 12)}`)
  writeFileSync(file, input)
  const base64 = Buffer.from(input).toString('base64')
  return [
    `${target} ${kind} (seed ${seed}, ${input.length} bytes, saved as ${relative(ROOT, file)})`,
    message,
    `again:  infra/tapwire fuzz ${target} --base64 '${base64}'`,
    `keep:   copy the file into test/fuzz/corpus/${target}/ when it is fixed`,
  ].join('\n')
}
