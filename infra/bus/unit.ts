import type { Unit } from '#schemas/contracts/bus.ts'

/** The position and the checkpoint of a unit, checked: a wrong one would lose or repeat input without a trace. */
export function positionOf(unit: Unit): { readonly next: number; readonly replayFrom: number } {
  const { next, replayFrom = next } = unit
  if (!Number.isSafeInteger(next) || next < 0) throw new Error(`commit: next is ${next}, not an offset`)
  if (!Number.isSafeInteger(replayFrom) || replayFrom < 0 || replayFrom > next) {
    throw new Error(`commit: replayFrom is ${replayFrom}, must be an offset up to next (${next})`)
  }
  return { next, replayFrom }
}
