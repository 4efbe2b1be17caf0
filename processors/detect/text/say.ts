/** Findings that begin somewhere in a value and show what was recognised there. */
import type { Finding } from '#schemas/contracts/detector.ts'

/** Most characters of a value that are handed on as evidence, and of what was recognised. */
const EVIDENCE = 240
const SHOWN = 256

export type Say = (
  rule: string,
  severity: Finding['severity'],
  at: number,
  shows: string,
  why: string,
  unless: string,
) => void

/**
 * Reports each rule once for `text` (law 2 of detectors); `said` are the rules reported so far.
 * `cwe`: of all of them, where the attack's own is not the best.
 */
export function sayOnce(
  text: string,
  report: (finding: Finding) => void,
  cwe?: number,
): { readonly say: Say; readonly said: ReadonlySet<string> } {
  const said = new Set<string>()
  const say: Say = (rule, severity, at, shows, why, unless) => {
    if (said.has(rule)) return
    said.add(rule)
    const evidence = text.slice(at, at + EVIDENCE)
    const finding = { rule, severity, at, evidence, shows: shows.slice(0, SHOWN), why, unless }
    report(cwe === undefined ? finding : { ...finding, cwe })
  }
  return { say, said }
}
