/**
 * Writes the published JSON Schemas (draft 2020-12) beside this file. Run it after a change of contract.ts; the tests
 * notice when it was forgotten.
 *
 *   node schemas/json/publish.ts && node_modules/.bin/biome check --write schemas/json
 */
import { writeFileSync } from 'node:fs'
import { z } from 'zod'
import { LINES, type LineType, SCHEMA_VERSION } from '#schemas/json/contract.ts'

/** Content of `<type>.schema.json`. */
export function publishedSchema(type: LineType): object {
  const { $schema, ...rest } = z.toJSONSchema(LINES[type], { target: 'draft-2020-12', io: 'input' })
  return {
    $schema,
    $id: `urn:tapwire:json-lines:${SCHEMA_VERSION}:${type}`,
    title: `Tapwire JSON line: ${type}`,
    ...rest,
  }
}

if (import.meta.main) {
  for (const type of Object.keys(LINES) as LineType[]) {
    writeFileSync(
      new URL(`${type}.schema.json`, import.meta.url),
      `${JSON.stringify(publishedSchema(type), null, 2)}\n`,
    )
  }
}
