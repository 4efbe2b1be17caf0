/** What a check of `tapwire doctor` says. `fail`: Tapwire does not work like this. `warn`: it does, with less. */
export interface Diagnosis {
  readonly check: string
  readonly verdict: 'ok' | 'warn' | 'fail'
  /** What was found and, unless all is well, what to do. */
  readonly says: string
}

export const ok = (check: string, says: string): Diagnosis => ({ check, verdict: 'ok', says })
export const warn = (check: string, says: string): Diagnosis => ({ check, verdict: 'warn', says })
export const fail = (check: string, says: string): Diagnosis => ({ check, verdict: 'fail', says })

const MIB = 1024 ** 2
const GIB = 1024 ** 3

export function amount(bytes: number): string {
  return bytes >= GIB ? `${(bytes / GIB).toFixed(1)} GiB` : `${Math.floor(bytes / MIB)} MiB`
}
