/**
 * Expressions of template languages in a text: what stands between an opener and its closer.
 *
 *  {{ }}  Jinja, Twig, Handlebars, Liquid, Go, Angular      {% %}  Jinja, Twig, Liquid, Tornado
 *  <% %>  ERB, EJS, ASP, Mako                              ${ }   FreeMarker, Velocity, Mako, Thymeleaf, EL
 *  #{ }   Pug, Ruby, Thymeleaf, EL, Slim                    *{ } @{ } ~{ }  Thymeleaf, Razor
 *  [[ ]] [( )]  Thymeleaf                                   @( )   Razor
 *  #x( )  Velocity                                         <#x > [#x ] [= ]  FreeMarker
 *  { }    Smarty, Latte: only when a name that is called, a variable or a calculation follows
 */

export type Opener =
  | '{{'
  | '{%'
  | '<%'
  | '${'
  | '#{'
  | '*{'
  | '@{'
  | '~{'
  | '[['
  | '[('
  | '@('
  | '#('
  | '<#'
  | '[#'
  | '[='
  | '{'

export interface Expression {
  readonly opener: Opener
  readonly start: number
  readonly body: string
}

const OPENERS =
  /\{\{|\{%|<%(?!@)|[$#*@~]\{|\[\[|\[\(|@\(|#set\s?\(|#(?:if|foreach|include|parse|evaluate|define|macro)\(|<#(?=assign|include|import|list)|\[#(?=assign|include)|\[=|\{(?=\$smarty|smarty|php|if\s|system|exec|self:|math|fetch|include|chr\(|'|[1-9])/g

const CLOSERS: Readonly<Record<Opener, string>> = {
  '{{': '}}',
  '{%': '%}',
  '<%': '%>',
  '${': '}',
  '#{': '}',
  '*{': '}',
  '@{': '}',
  '~{': '}',
  '[[': ']]',
  '[(': ')]',
  '@(': ')',
  '#(': ')',
  '<#': '>',
  '[#': ']',
  '[=': ']',
  '{': '}',
}

/** Openers whose closer also closes what is opened inside. */
const NESTED: Readonly<Record<string, string>> = { '}': '{', ')': '(', ']': '[' }

/** So much of an expression that is left open is judged. */
const OPEN_END = 512
/** Longest expression that has an end. */
const LONGEST = 2048
/** Expressions of one value that are judged. */
const MOST = 256
/** Of those that may hold others, whose ends are looked for again. */
const MOST_OVERLAPS = 8

/** The outermost expressions. Linear: they do not overlap, and at most MOST ends are looked for in vain. */
export function expressionsOf(text: string): readonly Expression[] {
  const expressions: Expression[] = []
  let from = 0
  let overlaps = 0
  while (expressions.length < MOST && overlaps < MOST_OVERLAPS) {
    OPENERS.lastIndex = from
    const found = OPENERS.exec(text)
    if (found === null) break
    const opener = openerOf(found[0])
    const bodyAt = found.index + (opener === '#(' || opener === '{' || opener === '<#' ? found[0].length : 2)
    const end = endOf(text, bodyAt, opener)
    const isNamed = opener === '#(' || opener === '<#'
    expressions.push({
      opener,
      start: found.index,
      body: text.slice(isNamed ? found.index + opener.length - 1 : bodyAt, end),
    })
    // Others may stand inside of these: `[[${7*7}]]`.
    const overlap = opener === '{' || opener === '[['
    if (overlap) overlaps++
    from = overlap ? bodyAt : Math.max(end, bodyAt)
  }
  return expressions
}

function openerOf(found: string): Opener {
  return found.startsWith('#') && found[1] !== '{' ? '#(' : (found as Opener)
}

function endOf(text: string, from: number, opener: Opener): number {
  const limit = Math.min(text.length, from + (opener === '{' ? 256 : LONGEST))
  const closer = CLOSERS[opener]
  const nested = closer.length === 1 ? NESTED[closer] : undefined
  if (nested === undefined) {
    const at = text.slice(from, limit).indexOf(closer)
    return at < 0 ? Math.min(limit, from + OPEN_END) : from + at
  }
  let depth = 0
  for (let i = from; i < limit; i++) {
    if (text[i] === nested) depth++
    else if (text[i] === closer && depth-- === 0) return i
  }
  return Math.min(limit, from + OPEN_END)
}
