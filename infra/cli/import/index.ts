/** The one place where files of other products become ours, for every command that takes a configuration. */
import { type ConfigDocument, readDocument } from '#schemas/config/document.ts'
import { convert } from './convert.ts'
import type { Draft } from './draft.ts'
import { isReferenceFile } from './file.ts'

export interface ReadConfig {
  /** Ours. Its places are those of the file, whoever's it is. */
  readonly document: ConfigDocument
  /** Null when the file was ours. */
  readonly imported: Draft | null
}

/** Throws `ConfigError` for a file of another product with problems; those of ours are in the document. */
export function readConfig(text: string, name: string): ReadConfig {
  const document = readDocument(text)
  if (document.problems.length > 0 || !isReferenceFile(document.value)) return { document, imported: null }
  const imported = convert(document, name)
  return { document: imported.document(), imported }
}
