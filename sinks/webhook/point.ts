/**
 * Points as hits write them: a flat list, `get` for the query, and inside a JSON document `json_obj` and `json_array` for what is `hash`
 * and `array` elsewhere. Keys (what follows an element that has one) stay as they are, whatever they are called.
 */

/** Elements that a key follows. */
const KEYED: ReadonlySet<string> = new Set([
  ...['query', 'get', 'header', 'cookie', 'hash', 'array', 'path', 'form_urlencoded', 'multipart'],
  ...['json_obj', 'json_array', 'response_header', 'xml_tag', 'xml_tag_array', 'xml_attr', 'grpc', 'protobuf'],
  ...['gql_arg', 'gql_var', 'gql_alias', 'gql_dir', 'gql_query', 'gql_mutation', 'gql_subscription', 'gql_fragment'],
])
const RENAMED: ReadonlyMap<string, string> = new Map([['query', 'get']])
const IN_JSON: ReadonlyMap<string, string> = new Map([
  ['hash', 'json_obj'],
  ['array', 'json_array'],
])

export function flatPoint(point: readonly string[]): readonly string[] {
  const joined = point[0] === 'response' && point.length > 1 ? [`response_${point[1]}`, ...point.slice(2)] : point
  let inJson = false
  return withKeys(joined).map(({ text, isKey }) => {
    if (isKey) return text
    const renamed = (inJson ? IN_JSON.get(text) : RENAMED.get(text)) ?? text
    inJson = text === 'json_doc' || (inJson && IN_JSON.has(text))
    return renamed
  })
}

/** `GET_id_value`, `URI_value`: elements in capitals, keys as they are. */
export function parameterOf(flat: readonly string[]): string {
  const words = withKeys(flat).map(({ text, isKey }) => (isKey ? text : text.toUpperCase()))
  return [...words, 'value'].join('_')
}

function withKeys(point: readonly string[]): readonly { readonly text: string; readonly isKey: boolean }[] {
  let keyed = false
  return point.map(text => {
    const isKey = keyed
    keyed = !isKey && KEYED.has(text)
    return { text, isKey }
  })
}
