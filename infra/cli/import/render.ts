/** What `config import` prints. */
import type { Path } from '#schemas/config/document.ts'
import { formatPath } from '#schemas/config/problems.ts'
import { renderDocument } from '#schemas/config/render.ts'
import type { Draft, Note } from './draft.ts'

/** The configuration in YAML; each part says which key of the file it came from. `name`: the file, for its first line. */
export function renderImport(draft: Draft, name: string): string {
  const comment = (path: Path): string | null => {
    const from = draft.setFrom(path)
    if (from === null || from.length === 0) return null
    // What is below a part that was named already came from below that key.
    const around = path.length > 1 ? draft.origin(path.slice(0, -1)) : []
    const isSaid = around.length > 0 && around.every((step, i) => step === from[i])
    return isSaid ? null : formatPath(from)
  }
  return renderDocument(draft.value, `Made from ${printable(name)} by tapwire config import.`, comment)
}

/** `goreplay.path: no meaning here: …` */
export function said({ path, kind, message }: Note): string {
  const what = kind === 'warning' ? message : `no meaning here: ${message}`
  return path.length === 0 ? what : `${formatPath(path)}: ${what}`
}

function printable(name: string): string {
  return name.replace(/[^\x20-\x7e]/g, '?')
}
