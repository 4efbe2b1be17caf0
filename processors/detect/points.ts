/** The points of a request before any decoder: what stands where. Names are those of the reference product's hits. */
import type { Value } from '#schemas/contracts/detector.ts'
import type { Request } from '#schemas/records/exchange.ts'

/**
 * `/blogs/123/index.php?q=aaa`: path 0 is blogs, path 1 is 123, action_name index, action_ext php, then the query.
 * Of several dots the last one begins the extension.
 */
export function targetPoints(request: Request): readonly Value[] {
  const values: Value[] = []
  const segments = request.path.split('/')
  const action = segments.pop()!
  const first = segments[0] === '' ? 1 : 0
  for (let i = first; i < segments.length; i++) {
    if (segments[i] !== '') values.push({ point: ['path', String(i - first)], text: segments[i]! })
  }
  const dot = action.lastIndexOf('.')
  if (dot >= 0 && dot < action.length - 1) values.push({ point: ['action_ext'], text: action.slice(dot + 1) })
  if (action !== '') values.push({ point: ['action_name'], text: dot > 0 ? action.slice(0, dot) : action })
  if (request.query !== null && request.query !== '') values.push({ point: ['query'], text: request.query })
  return values
}

/**
 * A function from the index of a header to its value, and when its name comes more than once, to all its values joined: some
 * servers see one value, some the list. The joined ones are given once, with whichever is asked for first. Names are upper case.
 */
export function headerPoints(request: Request): (index: number) => readonly [value: Value, joined?: Value] {
  const { headers } = request
  const groups = new Map<string, number[]>()
  /** Of each header, how many of its name come before it. */
  const before = headers.map(([sent], i) => {
    const name = sent.toUpperCase()
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [i])
    else group.push(i)
    return (group?.length ?? 1) - 1
  })
  const joined = new Set<string>()
  return index => {
    const [sent, text] = headers[index]!
    const name = sent.toUpperCase()
    const group = groups.get(name)!
    // HTTP/2 sends each cookie in a field of its own: together they are one header (RFC 9113 §8.2.3).
    if (group.length === 1 || (name === 'COOKIE' && request.version === '2')) return [{ point: ['header', name], text }]
    const value = { point: ['header', name, 'array', String(before[index])], text }
    if (joined.has(name)) return [value]
    joined.add(name)
    return [value, { point: ['header', name, 'pollution'], text: group.map(i => headers[i]![1]).join(',') }]
  }
}
