/**
 * Directives that servers read in pages: Server Side Includes and Edge Side Includes.
 *
 *  SSI  = "<!--#" element *( attribute "=" quoted ) "-->"     white space in front of "#" as lenient servers take it
 *  ESI  = "<esi:" element … ">"  |  "<!--esi" … "-->"  |  "$(" variable ")"
 */

export interface Directive {
  readonly rule: 'ssi.exec' | 'ssi.include' | 'ssi.echo' | 'ssi.directive' | 'ssi.esi'
  readonly at: number
  readonly shows: string
}

const SSI =
  /<!--\s{0,8}#\s{0,8}(exec|include|echo|printenv|config|set|fsize|flastmod|if|elif|else|endif|odbc|perl|call|block|endblock|email)(?!\w)((?:\s{1,8}|\/)[a-z_]{1,16}\s{0,8}=\s{0,8}["'`]?[^>]{0,256}|\s{0,8}(?:--|$))?/g

const ESI =
  /<esi:(?:include|inline|vars|eval|assign|debug|choose|when|otherwise|try|attempt|comment|remove|function|foreach|text)\b|<!--\s{0,4}esi\b|\$\((?:http_(?:cookie|host|header|user_agent|referer|accept_language|x_\w{1,32})|query_string|remote_addr|request_(?:method|path)|geo_\w{1,32}|sys_\w{1,32})(?:[{|][^)]{0,64})?\)/

/** Elements that mean something without attributes. */
const BARE = new Set(['printenv', 'else', 'endif'])

/** Directives of one value that are looked at. */
const MOST = 64

/** The first directive of each rule. Linear: a match spans at most 300 characters. */
export function directivesIn(lower: string): readonly Directive[] {
  const found = new Map<string, Directive>()
  SSI.lastIndex = 0
  for (let i = 0; i < MOST; i++) {
    const match = SSI.exec(lower)
    if (match === null) break
    const [all, element, attributes = ''] = match
    if (!BARE.has(element!) && !attributes.includes('=')) continue
    const rule = ruleOf(element!)
    if (!found.has(rule)) found.set(rule, { rule, at: match.index, shows: all })
  }
  const esi = ESI.exec(lower)
  if (esi !== null) found.set('ssi.esi', { rule: 'ssi.esi', at: esi.index, shows: esi[0] })
  return [...found.values()]
}

function ruleOf(element: string): Directive['rule'] {
  if (element === 'exec' || element === 'perl' || element === 'call') return 'ssi.exec'
  if (element === 'include') return 'ssi.include'
  if (element === 'echo' || element === 'printenv') return 'ssi.echo'
  return 'ssi.directive'
}
