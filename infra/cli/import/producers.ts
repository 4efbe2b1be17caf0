/** Producers of the draft: their place, and names that tell several of one type apart. */
import type { Path } from '#schemas/config/document.ts'
import type { Draft } from './draft.ts'

/** Adds one; `detail` names it when it is not the first. Returns its path. */
export function addProducer(draft: Draft, type: string, detail: string, from: Path): Path {
  const at = ['producers', draft.next(['producers'])]
  const names = namesOf(draft)
  draft.set(at, { type }, from)
  if (names.has(type)) draft.set([...at, 'name'], free(`${type}-${label(detail)}`, names), from)
  return at
}

function namesOf(draft: Draft): ReadonlySet<string> {
  const list = (draft.value['producers'] ?? []) as readonly { readonly type: string; readonly name?: string }[]
  return new Set(list.map(({ type, name }) => name ?? type))
}

/** Lower-case letters, digits and single hyphens. */
function label(text: string): string {
  const words = text.toLowerCase().match(/[a-z0-9]+/g) ?? ['other']
  return words.join('-').slice(0, 40).replace(/-$/, '')
}

function free(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name
  let number = 2
  while (taken.has(`${name}-${number}`)) number++
  return `${name}-${number}`
}
