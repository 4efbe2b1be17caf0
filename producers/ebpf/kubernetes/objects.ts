/**
 * What the API server sends, read with suspicion: only what is used, and nothing that is not of its type.
 *
 *   list   = { metadata: { resourceVersion, continue? }, items: [object…] }
 *   event  = { type: ADDED | MODIFIED | DELETED | BOOKMARK | ERROR, object }     an ERROR's object is a Status: { code }
 */

export type Json = Readonly<Record<string, unknown>>

/** An object that has at least a name. */
export interface KubeObject {
  readonly metadata: Json & { readonly name: string }
  readonly spec?: unknown
  readonly status?: unknown
}

export interface List {
  readonly objects: readonly KubeObject[]
  readonly version: string
  /** Where the next page begins; null after the last. */
  readonly rest: string | null
  /** Items that are no objects, or have no name. */
  readonly malformed: number
}

/** `version`: where a watch would go on. */
export type Event =
  | { readonly type: 'put' | 'delete'; readonly object: KubeObject; readonly version: string }
  | { readonly type: 'bookmark'; readonly version: string }
  | { readonly type: 'error'; readonly code: number; readonly version: string }

export function readList(text: string): List | null {
  const list = parse(text)
  const metadata = asJson(list?.['metadata'])
  const items = list?.['items'] ?? []
  const version = metadata?.['resourceVersion']
  if (typeof version !== 'string' || version === '' || !Array.isArray(items)) return null
  const objects = items.flatMap(item => readObject(item) ?? [])
  const rest = metadata?.['continue']
  return {
    objects,
    version,
    rest: typeof rest === 'string' && rest !== '' ? rest : null,
    malformed: items.length - objects.length,
  }
}

/** Null when it is no event that can be understood: then nobody knows what was missed. */
export function readEvent(line: string): Event | null {
  const event = parse(line)
  const given = asJson(event?.['object'])
  if (given === null) return null
  if (event?.['type'] === 'ERROR') {
    const { code } = given
    return { type: 'error', code: typeof code === 'number' ? code : 0, version: '' }
  }
  const version = asJson(given['metadata'])?.['resourceVersion']
  if (typeof version !== 'string' || version === '') return null
  if (event?.['type'] === 'BOOKMARK') return { type: 'bookmark', version }
  const object = readObject(given)
  if (object === null) return null
  if (event?.['type'] === 'ADDED' || event?.['type'] === 'MODIFIED') return { type: 'put', object, version }
  return event?.['type'] === 'DELETED' ? { type: 'delete', object, version } : null
}

export function asJson(value: unknown): Json | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null
}

/** The entries that are text; null and what is not an object have none. */
export function textEntries(value: unknown): readonly (readonly [string, string])[] {
  return Object.entries(asJson(value) ?? {}).flatMap(([key, text]) => (typeof text === 'string' ? [[key, text]] : []))
}

function readObject(value: unknown): KubeObject | null {
  const metadata = asJson(asJson(value)?.['metadata'])
  return typeof metadata?.['name'] === 'string' ? (value as KubeObject) : null
}

function parse(text: string): Json | null {
  try {
    return asJson(JSON.parse(text))
  } catch {
    return null
  }
}
