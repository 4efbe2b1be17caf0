/** Counters of several parts as those of one. */
export function sumCounts(parts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums = new Map<string, number>()
  for (const part of parts) for (const [name, n] of Object.entries(part)) sums.set(name, (sums.get(name) ?? 0) + n)
  return Object.fromEntries(sums)
}
