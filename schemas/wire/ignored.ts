/** Which packets are left out by their addresses: `capture.ignoreIps`. */
import { CidrSet } from '#schemas/config/net.ts'
import type { WireOptions } from '#schemas/config/wire.ts'
import type { Walk } from '#schemas/wire/walk.ts'

/**
 * Entries are ORed, so all that look at one address become one set for each end; what looks at both ends stays an
 * entry of its own. Two binary searches a packet, whatever the number of blocks, and one or two more for each `src_and_dst`.
 */
export class IgnoredIps {
  readonly #source: CidrSet
  readonly #target: CidrSet
  readonly #both: readonly CidrSet[]

  /** Null when there is nothing to ignore. */
  static of(entries: WireOptions['ignoreIps']): IgnoredIps | null {
    return entries.length === 0 ? null : new IgnoredIps(entries)
  }

  constructor(entries: WireOptions['ignoreIps']) {
    const blocks = (...matches: readonly string[]) =>
      entries.filter(({ match }) => matches.includes(match)).flatMap(({ subnets }) => subnets)
    this.#source = new CidrSet(blocks('src', 'src_or_dst'))
    this.#target = new CidrSet(blocks('dst', 'src_or_dst'))
    this.#both = entries.filter(({ match }) => match === 'src_and_dst').map(({ subnets }) => new CidrSet(subnets))
  }

  /** Asks for the innermost addresses of a walk that found a segment. */
  matches({ bytes, family, source, target }: Walk): boolean {
    if (this.#source.hasAt(bytes, source, family) || this.#target.hasAt(bytes, target, family)) return true
    for (const set of this.#both) {
      if (set.hasAt(bytes, source, family) && set.hasAt(bytes, target, family)) return true
    }
    return false
  }
}
