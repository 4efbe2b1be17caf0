/** The last holes of a direction that were given up: tells bytes that come late from bytes that come again. */

/** How many are remembered. Bytes for an older one count as repeated. */
const KEPT = 8

export class Gaps {
  /** from, to, from, to, … in stream order. */
  readonly edges: number[]

  constructor(edges: readonly number[] = []) {
    this.edges = [...edges]
  }

  add(from: number, to: number): void {
    this.edges.push(from, to)
    if (this.edges.length > 2 * KEPT) this.edges.splice(0, 2)
  }

  /** How many positions of [from, to) lie in a remembered hole. */
  within(from: number, to: number): number {
    let sum = 0
    for (let i = 0; i < this.edges.length; i += 2) {
      sum += Math.max(0, Math.min(to, this.edges[i + 1]!) - Math.max(from, this.edges[i]!))
    }
    return sum
  }
}
