/** How deep a document goes once its fragments stand where they are spread. */

export interface Definition {
  /** Its name, null for an operation. */
  readonly fragment: string | null
  /** Deepest field by itself. */
  depth: number
  /** Fragments that it spreads, and inside of how many fields at most. */
  readonly spreads: Map<string, number>
}

/** Fragments in each other are followed so far: beyond, every limit is exceeded. */
const LONGEST_CHAIN = 400

/** The deepest definition, and a fragment that comes back to itself. Each definition is looked at once. */
export function reachOf(definitions: readonly Definition[]): {
  readonly depth: number
  readonly circle: string | null
} {
  const fragments = new Map(definitions.map(one => [one.fragment, one]))
  const known = new Map<Definition, number>()
  const open = new Set<Definition>()
  let circle: string | null = null

  const depthOf = (definition: Definition): number => {
    const before = known.get(definition)
    if (before !== undefined) return before
    if (open.size >= LONGEST_CHAIN) return LONGEST_CHAIN
    open.add(definition)
    let { depth } = definition
    for (const [name, at] of definition.spreads) {
      const spread = fragments.get(name)
      if (spread === undefined) continue
      if (open.has(spread)) circle ??= name
      else depth = Math.max(depth, at + depthOf(spread))
    }
    open.delete(definition)
    known.set(definition, depth)
    return depth
  }

  let depth = 0
  for (const definition of definitions) depth = Math.max(depth, depthOf(definition))
  return { depth, circle }
}
