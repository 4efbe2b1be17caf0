/** Empty storage of a new cluster. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { KafkaLine } from '#infra/setup/kafka.ts'
import { SMALL, spawnJava } from './java.ts'

/**
 * Formats the data folder of the first broker with Kafka's own tool and copies it for the others: beside the two ids in
 * meta.properties, all are the same, and a JVM per broker would cost a second each.
 */
export async function formatStorage(
  line: KafkaLine,
  properties: string,
  folders: readonly string[],
  words: readonly string[],
): Promise<void> {
  const args = ['format', '--cluster-id', newId(), '--config', properties, ...words] as const
  const tool = spawnJava(line, SMALL, ['kafka.tools.StorageTool', ...args], ['ignore', 'pipe', 'pipe'])
  const [output, problems, [code]] = await Promise.all([text(tool.stdout!), text(tool.stderr!), once(tool, 'exit')])
  if (code !== 0) throw new Error(`Kafka's StorageTool failed: ${output}${problems}`)
  const [first, ...others] = folders
  others.forEach((folder, i) => {
    cpSync(first!, folder, { recursive: true })
    giveIds(join(folder, 'meta.properties'), i + 2)
  })
}

function giveIds(file: string, node: number): void {
  const meta = readFileSync(file, 'utf8')
  writeFileSync(
    file,
    meta.replace(/^node\.id=.*$/m, `node.id=${node}`).replace(/^directory\.id=.*$/m, `directory.id=${newId()}`),
  )
}

/** A UUID as Kafka writes it: 16 bytes in URL-safe base64. One that starts with `-` would be taken for an option. */
export function newId(): string {
  const id = randomBytes(16).toString('base64url')
  return id.startsWith('-') ? newId() : id
}
