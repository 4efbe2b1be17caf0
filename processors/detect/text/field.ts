/** What a point says about the field that a value stands in: what kind it is, and what it is called. */

/** `document`: a field of JSON, XML and the like. `text`: a body that is taken as it is. */
export type Kind = 'path' | 'query' | 'form' | 'cookie' | 'header' | 'document' | 'text'

const DOCUMENTS: ReadonlySet<string> = new Set(['json_doc', 'xml', 'grpc', 'protobuf', 'gql', 'viewstate', 'jwt'])
const FORMS: ReadonlySet<string> = new Set(['form_urlencoded', 'multipart'])

export function kindOf(point: readonly string[]): Kind {
  if (point.some(element => DOCUMENTS.has(element))) return 'document'
  switch (point[0]) {
    case 'query':
      return 'query'
    case 'header':
      return point.includes('cookie') ? 'cookie' : 'header'
    case 'post':
      return point.some(element => FORMS.has(element)) ? 'form' : 'text'
    case 'websocket':
      return 'text'
    default:
      return 'path'
  }
}

/** Decoders that give the same value in another writing: their names are no field's. */
const WRITINGS: ReadonlySet<string> = new Set(['percent', 'base64', 'hex', 'htmljs', 'gzip', 'pollution'])

/** Lower-case name of the field, at most 64 characters; decoders and places in lists left out; empty when it has none. */
export function fieldOf(point: readonly string[]): string {
  for (let i = point.length - 1; i > 0; i--) {
    const part = point[i]!
    if (WRITINGS.has(part) || part === 'array' || (point[i - 1] === 'array' && /^\d+$/.test(part))) continue
    return part.slice(0, 64).toLowerCase()
  }
  return ''
}
