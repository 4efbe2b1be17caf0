/** Names that lead to the prototype of all objects of a JavaScript program. */

export const PROTOTYPE_NEEDLES: readonly string[] = ['__proto__', 'constructor.prototype', 'constructor[', 'prototype']

/**
 *  path = *( name ("." | "[") ) ( "__proto__" | "constructor" ("." | "][" | "[") "prototype" ) ( "." | "[" | "]" | quote | end )
 */
const PATH =
  /(?:^|[.[\]"'/{,\s])(?:__proto__|__pro__proto__to__|constructor(?:\.|\]?\[["']?)prototype)(?=["'\].[/:=\s]|$)/

export interface Prototype {
  readonly at: number
  readonly shows: string
}

/** In the name of a value. A JSON document has the names above in the point. */
export function prototypeName(name: string, point: readonly string[]): Prototype | null {
  if (name === 'prototype') {
    const above = point.lastIndexOf('constructor')
    return above >= point.length - 3 && above > 0 ? { at: 0, shows: 'constructor.prototype' } : null
  }
  const found = PATH.exec(name)
  return found === null ? null : { at: found.index, shows: found[0] }
}

/** An assignment along such a path as a value: `__proto__.x=1`, `constructor[prototype][x]=1`, `{"__proto__":…`. Not in prose or code. */
const ASSIGNMENT =
  /^[\s\w.[\]"'{:/-]{0,64}(?:__proto__|constructor(?:\.|\]?\[["']?)prototype)["']?(?:(?:\]?\[["']?|\.)[\w $.-]{1,64}["']?\]?){0,8}\s{0,4}(?:=(?!=)|["']?\s{0,4}:)/

export function prototypeValue(lower: string): Prototype | null {
  if (lower.length > 2048 || (lower.match(/ \p{L}{2,24}(?=[ ,.!?])/gu)?.length ?? 0) > 4) return null
  const found = ASSIGNMENT.exec(lower)
  return found === null ? null : { at: 0, shows: found[0].slice(0, 128) }
}
