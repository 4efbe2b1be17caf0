/**
 * What namespaces and pods say about themselves. Each has a native name and the reference product's.
 *
 *   namespace  label       tapwire.io/mirror  wallarm-mirror              enabled | disabled
 *   pod        annotation  tapwire.io/mirror  mirror.wallarm.com/enabled  true | false
 *
 * The native name, which takes either pair of words, speaks to Tapwire alone: where both stand, it wins. A value of it that
 * nobody can read means no, so that a slip of the pen mirrors nothing; a compatible one that nobody can read means nothing,
 * as in the reference product.
 */
export const NATIVE = 'tapwire.io/mirror'
export const NAMESPACE_LABEL = 'wallarm-mirror'
export const POD_ANNOTATION = 'mirror.wallarm.com/enabled'

export interface Mark {
  readonly mirror: boolean
  /** Where it stands and what it says, without text that the workload chose. */
  readonly why: string
}

const YES = new Set(['true', 'enabled'])
const NO = new Set(['false', 'disabled'])

export function namespaceMark(labels: ReadonlyMap<string, string>): Mark | null {
  return (
    nativeMark('namespace label', labels) ??
    compatibleMark('namespace label', NAMESPACE_LABEL, labels, 'enabled', 'disabled')
  )
}

export function podMark(annotations: ReadonlyMap<string, string>): Mark | null {
  return (
    nativeMark('pod annotation', annotations) ??
    compatibleMark('pod annotation', POD_ANNOTATION, annotations, 'true', 'false')
  )
}

function nativeMark(place: string, entries: ReadonlyMap<string, string>): Mark | null {
  const value = entries.get(NATIVE)
  if (value === undefined) return null
  if (YES.has(value) || NO.has(value)) return { mirror: YES.has(value), why: `${place} ${NATIVE}=${value}` }
  return { mirror: false, why: `${place} ${NATIVE} is none of true, false, enabled, disabled` }
}

function compatibleMark(
  place: string,
  name: string,
  entries: ReadonlyMap<string, string>,
  yes: string,
  no: string,
): Mark | null {
  const value = entries.get(name)
  if (value !== yes && value !== no) return null
  return { mirror: value === yes, why: `${place} ${name}=${value}` }
}
