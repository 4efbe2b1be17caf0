/**
 * Where a value stands, as far as a file name in it matters: part of the path that is asked for, a parameter whose value a
 * server may open, or data that it stores.
 */
export type Place = 'target' | 'parameter' | 'data'

/** Names of parameters that say which file to open. */
const FILE_NAME =
  /^(?:\w{0,32}[_.-])?(?:file|files|filename|filepath|path|pathname|page|template|tpl|view|include|inc|doc|document|folder|dir|directory|load|read|download|resource|attachment|log|logfile|lang|locale|src)(?:name|path|_name|_path)?$/

export function placeOf(point: readonly string[]): Place {
  const [region, form] = point
  if (region === 'uri' || region === 'path' || region === 'action_name' || region === 'action_ext') return 'target'
  if (region !== 'post' && region !== 'websocket') return 'parameter'
  if (point.length === 1) return 'parameter'
  if (form === 'multipart' && point.at(-1) === 'file') return 'data'
  // Of documents only a field at the top is like a parameter: what lies deeper is a list of things that have paths.
  if (form === 'json_doc' || form === 'protobuf' || form === 'grpc')
    return !point.includes('array') && point.lastIndexOf('hash') <= 2 && namesFile(point) ? 'parameter' : 'data'
  return 'parameter'
}

/** The last name in the point is one of a parameter that says which file to open, or a file's name in a form. */
export function namesFile(point: readonly string[]): boolean {
  const name = nameOf(point)
  return name === '_filename' || FILE_NAME.test(name)
}

/** The name of the value, in lower case: list indexes and decoders behind it are no names. */
export function nameOf(point: readonly string[]): string {
  for (let i = point.length - 1; i > 0; i--) {
    const part = point[i]!
    if (BEHIND.has(part) || (point[i - 1] === 'array' && /^\d+$/.test(part))) continue
    return part.slice(0, 64).toLowerCase()
  }
  return ''
}

const BEHIND = new Set(['percent', 'base64', 'htmljs', 'hex', 'array', 'pollution', 'json_doc', 'hash'])
