/**
 * Values by host pattern. Of those that match, in this order: the exact name, `*.name` with the longest name first, other
 * patterns in the order they were added, `*`. Each with a port before the one without.
 */
import { hostName } from '../host.ts'
import { compileGlob, isGlob } from './glob.ts'
import type { Test } from './pattern.ts'

/** Most labels of a host that are tried as `*.` patterns: DNS allows 127. */
const MAX_LABELS = 127
const LITERAL = /^\[[0-9a-f:.]{2,45}\](?::\d{1,5})?$/
const SUFFIX = /^\*\.[^*?[\\]+$/

export type HostKind = 'name' | 'suffix' | 'any' | 'glob'

/** `[2001:db8::1]` is an address, not a class of characters. */
export function kindOf(pattern: string): HostKind {
  if (/^\*(?::\d{1,5})?$/.test(pattern)) return 'any'
  if (LITERAL.test(pattern) || !isGlob(pattern)) return 'name'
  return SUFFIX.test(pattern) ? 'suffix' : 'glob'
}

interface GlobEntry<V> {
  readonly matches: Test
  /** Of hosts with a port: it names one too. */
  readonly withPort: boolean
  readonly value: V
}

export class HostTable<V> {
  readonly #named = new Map<string, V>()
  readonly #globs = new Map<string, GlobEntry<V>>()
  #hasSuffixes = false

  /** The value for a pattern (lower case), made when it is new. */
  at(pattern: string, make: () => V): V {
    const glob = this.#globs.get(pattern)?.value
    const known = glob ?? this.#named.get(pattern)
    if (known !== undefined) return known
    const value = make()
    const kind = kindOf(pattern)
    if (kind === 'glob') {
      this.#globs.set(pattern, { matches: compileGlob(pattern), withPort: pattern.includes(':'), value })
    } else this.#named.set(pattern, value)
    if (kind === 'suffix') this.#hasSuffixes = true
    return value
  }

  /** The first answer of `ask` that is not null, over the values for `host` in their order. */
  first<A>(host: string, ask: (value: V) => A | null): A | null {
    const name = hostName(host)
    const port = host.slice(name.length)
    return (
      this.#ask(name, port, ask) ??
      (this.#hasSuffixes ? this.#suffixes(name, port, ask) : null) ??
      (this.#globs.size > 0 ? this.#matching(host, name, ask) : null) ??
      this.#ask('*', port, ask)
    )
  }

  #ask<A>(name: string, port: string, ask: (value: V) => A | null): A | null {
    const precise = port === '' ? undefined : this.#named.get(name + port)
    const answer = precise === undefined ? null : ask(precise)
    if (answer !== null) return answer
    const value = this.#named.get(name)
    return value === undefined ? null : ask(value)
  }

  #suffixes<A>(name: string, port: string, ask: (value: V) => A | null): A | null {
    let dot = name.indexOf('.')
    for (let labels = 0; dot >= 0 && labels < MAX_LABELS; labels++) {
      const answer = this.#ask(`*${name.slice(dot)}`, port, ask)
      if (answer !== null) return answer
      dot = name.indexOf('.', dot + 1)
    }
    return null
  }

  #matching<A>(host: string, name: string, ask: (value: V) => A | null): A | null {
    for (const { matches, withPort, value } of this.#globs.values()) {
      const answer = matches(withPort ? host : name) ? ask(value) : null
      if (answer !== null) return answer
    }
    return null
  }
}
