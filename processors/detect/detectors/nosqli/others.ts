/** Stores with protocols and languages of their own: Redis, Neo4j, CouchDB, Elasticsearch, and filters of object mappers. */
import type { Sighting } from './operators.ts'

/** `*1 CRLF $8 CRLF flushall` (RESP), and inline commands on a line of their own. */
const RESP = /\*\d{1,3}\r?\n\$\d{1,5}\r?\n(\w{1,32})/
const INLINE =
  /[\r\n][ \t]{0,8}(?:flushall|flushdb|config (?:set|get|rewrite|resetstat)\b[^\r\n]{0,80}|slaveof \S{1,254} \S{1,8}|replicaof \S{1,254} \S{1,8}|module load \S{1,254}|eval "[^\r\n]{1,254}" \d|script (?:flush|load|kill)\b[^\r\n]{0,80}|set \S{1,64} "[^\r\n]{0,254}"|bgsave|bgrewriteaof|keys \*|debug segfault)[ \t]{0,8}(?=[\r\n]|$)/
const REDIS_CALL = /\bredis\.p?call\s{0,4}\(\s{0,4}['"]/

/** A string or a pattern of Cypher ends, and a clause follows. */
const CYPHER =
  /['"][\s}\])]{0,8}(?:or\s[^'"]{1,32}\s|with\s[\w ,*]{1,64}\s)?(?:match\s{0,4}\(|optional match\s{0,4}\(|detach\s(?:delete|nodetach)|return\s{1,4}(?!(?:null|undefined|none|this|true|false)\b)[\w*.]{1,32}(?:\([\w*.]{0,32}\))?\s{0,4}(?:\/\/|--|\bunion\b|\blimit\b|\bas\b)|union\s(?:all\s)?match\b|load\scsv\s(?:with\sheaders\s)?from\b|call\s(?:db|dbms|apoc)\.\w)|^\s{0,8}(?:match\s{0,4}\([^)]{0,64}\)[^;]{0,128}\bdetach\sdelete\b|load\scsv\s(?:with\sheaders\s)?from\s{0,4}['"])/

/** `user__password__startswith`: relations followed by an operator that reads a field letter by letter (Django and its like). */
const LOOKUP = /^(?:\w{1,64}__)?(\w{1,128}?)__(?:i?startswith|i?endswith|i?regex|has_keys?|has_any_keys)$/
const SECRET =
  /(?:^|_)(?:password|passwd|pwd|secret|token|api_?key|otp|hash|user|users|username|is_staff|is_superuser|session)(?:_|$)/

const MAX_TEXT = 4096

export function judgeOthers(point: readonly string[], lower: string): Sighting | null {
  const text = lower.slice(0, MAX_TEXT)
  const redis = RESP.exec(text) ?? INLINE.exec(text) ?? REDIS_CALL.exec(text)
  if (redis !== null) {
    return sighting(
      'nosqli.redis',
      redis,
      'The value holds a command to Redis on a line of its own.',
      'Without its line ends.',
    )
  }
  const cypher = text.length <= 640 ? CYPHER.exec(text) : null
  if (cypher !== null) {
    const why = 'The value ends a string of a Cypher query and goes on with a clause.'
    return sighting('nosqli.cypher', cypher, why, 'Without the quote that ends the string.')
  }
  return judgeNames(point, text)
}

function judgeNames(point: readonly string[], text: string): Sighting | null {
  const last = point.at(-1)
  if (text === '_admin' && point.includes('roles')) {
    const why = 'A document of a user of CouchDB gives itself the role of an administrator.'
    return { ...whole('nosqli.couchdb', text, why), unless: 'With another role.' }
  }
  if (text === 'query_servers' && point[0] === 'path') {
    const why = 'The path leads to the setting of CouchDB that says which programs it runs.'
    return { ...whole('nosqli.couchdb', text, why), unless: 'In another place than the path.' }
  }
  if (
    text.includes('java.') &&
    point.some(part => part === 'script' || part === 'script_fields' || part === 'inline')
  ) {
    const why = 'A script for a search engine reaches for the classes of its virtual machine.'
    return { ...whole('nosqli.search-script', text, why), unless: 'Without names of Java packages.' }
  }
  const lookup = last === '_name' ? LOOKUP.exec(text) : null
  if (lookup !== null && SECRET.test(text) && text.split('__').length >= 3) {
    const why = 'The name of a parameter follows relations to a field of a user and asks for its letters.'
    return {
      ...whole('nosqli.lookup', text, why),
      unless: 'With a field of the object itself, or an exact comparison.',
    }
  }
  return null
}

function whole(rule: string, text: string, why: string): Omit<Sighting, 'unless'> {
  return { rule, severity: 'high', at: 0, end: text.length, why, shows: text.slice(0, 200) }
}

function sighting(rule: string, { index, 0: shows }: RegExpExecArray, why: string, unless: string): Sighting {
  return {
    rule,
    severity: 'high',
    at: index,
    end: index + shows.length,
    why,
    shows: shows.trim().slice(0, 200),
    unless,
  }
}
