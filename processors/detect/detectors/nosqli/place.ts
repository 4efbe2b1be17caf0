/** Where an operator stands: in the place of a plain value, or in a document that is a query by itself. */

/** Names of operators of MongoDB's query language that say "anything" about a value. */
export const OPERATORS: ReadonlySet<string> = new Set([
  '$ne',
  '$eq',
  '$gt',
  '$gte',
  '$lt',
  '$lte',
  '$in',
  '$nin',
  '$not',
  '$regex',
  '$exists',
  '$type',
  '$elemmatch',
  '$or',
  '$nor',
  '$and',
  '$expr',
  '$mod',
  '$size',
  '$all',
  '$jsonschema',
  '$text',
])

/** Operators that interfaces which take brackets in names (`age[$gt]=18`) do not know. */
export const UNUSUAL: ReadonlySet<string> = new Set([
  '$not',
  '$regex',
  '$exists',
  '$type',
  '$elemmatch',
  '$expr',
  '$mod',
  '$size',
  '$all',
  '$jsonschema',
])

/** Those whose operands are looked at. `$in` and the like would wake too many texts (`$input`): only their names are. */
export const WATCHED: ReadonlySet<string> = new Set([
  '$ne',
  '$gt',
  '$gte',
  '$lt',
  '$lte',
  '$nin',
  '$not',
  '$regex',
  '$exists',
])

/** A document below one of these is a query that the interface takes. */
const QUERY =
  /^(?:\$.*|_?filters?|filter_?by|_?quer(?:y|ies)|q|where|wheres?clause|criteria|selector|find|match|conditions?|pipeline|stages|aggregat(?:e|ions?)|search|expr|restrictions?|updates?|deletes?|ops|operations|populate|having|constraints?|predicate|rules?|scope|mongo\w*|body|variables|arrayfilters)$/

/** An interface that takes queries: `/action/find`, `/_find`, `/orders/query`. */
const QUERY_PATH = /\/(?:_?(?:find|query|search|aggregate|filter|count|list)\w{0,16}|action\/\w{1,32}|graphql)\/?$/

/** Values that are compared with what a user proves to know. */
const LOGIN =
  /^(?:user|usr|username|user_?name|uname|login|log|e?-?mail|email_?address|pass|passwd|pwd|psw|password\w*|pass_?word|pin|pincode|otp|totp|secret|token|access_?token|reset_?token|reset_?password_?token|csrf|api_?key|auth\w*|session\w*|sid|is_?admin|credential\w*|captcha|coupon|voucher)$/

/** Values that name one document. */
const IDENTITY = /^(?:_?id|uid|uuid|guid|\w{1,40}_id|[a-z]{1,40}id|slug|name|account|role|phone|mobile|code|key)$/

export type Place = 'login' | 'identity' | 'value' | 'query'

/** Of the names above an operator, outermost first, and the path of the request. */
export function placeOf(names: readonly string[], path: string): Place {
  const owner = names.at(-1)
  if (names.slice(0, -1).some(name => QUERY.test(name))) return 'query'
  if (owner === undefined || QUERY.test(owner)) return 'query'
  if (LOGIN.test(owner)) return 'login'
  if (QUERY_PATH.test(path)) return 'query'
  return IDENTITY.test(owner) ? 'identity' : 'value'
}

/** The names in a point, outermost first and in lower case, without what decoders and arrays add. */
export function namesIn(point: readonly string[]): readonly string[] {
  const names: string[] = []
  for (let i = 0; i < point.length; i++) {
    const part = point[i]!
    if (part === 'array') i++
    else if (part === 'hash' || TOP.has(part)) {
      const name = point[++i]
      if (name === 'hash' || name === 'array') i--
      else if (name !== undefined && name !== 'json_doc' && name !== '_name') names.push(name.toLowerCase())
    }
  }
  return names
}

/** What comes right before the name of a value. */
const TOP: ReadonlySet<string> = new Set(['query', 'form_urlencoded', 'multipart', 'cookie'])
