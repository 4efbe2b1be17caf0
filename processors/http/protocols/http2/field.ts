/**
 * One field of a header section, with what there is to say about it by itself: worked out once, when it is decoded, and
 * kept in the table entry that others refer to.
 */
import type { Header } from '#schemas/records/exchange.ts'
import { display } from '../../message/text.ts'
import { oddValue } from './field-value.ts'
import { isPseudo, Kind, kindOf } from './kind.ts'

/** Plain data, immutable, shared by all sections that refer to one table entry. */
export interface Field {
  /** As sent, in Latin-1; null when it is not known. */
  readonly name: string | null
  readonly header: Header
  readonly kind: Kind
  /** Octets of name and value and 32 (RFC 7541 §4.1). */
  readonly size: number
  /** Anomalies. */
  readonly oddities: readonly string[]
}

const NONE: readonly string[] = []

/** `name` and `value` in Latin-1. */
export function fieldOf(name: string, value: string): Field {
  const kind = kindOf(name)
  const oddities = [...oddName(name, kind), ...oddValue(kind, value)]
  return {
    name,
    header: [display(name), display(value)],
    kind,
    size: 32 + name.length + value.length,
    oddities: oddities.length === 0 ? NONE : oddities,
  }
}

/** A field whose name stands in a part of the table that is not known (of an indexed field, the value too). */
export function unknownField(value: string): Field {
  const oddities = ['http2.header-unknown', ...oddValue(Kind.Unknown, value)]
  return { name: null, header: ['', display(value)], kind: Kind.Unknown, size: 32 + value.length, oddities }
}

/** RFC 9113 §8.2: names are tokens in lower case; a colon begins those of pseudo-headers. */
function oddName(name: string, kind: Kind): readonly string[] {
  if (isPseudo(kind) && kind !== Kind.UnknownPseudo) return NONE
  if (/^:?[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) return NONE
  if (/[\r\n]/.test(name)) return ['http2.crlf-in-header']
  if (/^:?[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) return ['http2.upper-case-name']
  return ['http2.bad-field-name']
}
