/** Anomalies that are attacks: what the protocol decoders noted on an exchange becomes findings, by a table. */
import type { Exchange, Header, Request } from '#schemas/records/exchange.ts'
import type { Found } from '../record.ts'
import { type AnomalyRule, RULES } from './rules.ts'

const BY_ANOMALY: ReadonlyMap<string, AnomalyRule> = new Map(RULES.map(rule => [rule.anomaly, rule]))

/** Each rule once, in the order of the anomalies. */
export function attacksOf({ anomalies, request }: Exchange): readonly Found[] {
  const found: Found[] = []
  for (const anomaly of anomalies) {
    const row = BY_ANOMALY.get(anomaly)
    if (row === undefined || found.some(({ finding }) => finding.rule === row.rule)) continue
    const { attack, rule, severity, point, why } = row
    found.push({ attack, point, finding: { rule, severity, why, evidence: evidenceOf(request, row.evidence) } })
  }
  return found
}

/** The lines of these fields, in their order, also those that name one oddly, or in their value. */
function evidenceOf(request: Request, names: readonly string[]): string {
  const lines = request.headers.filter(
    ([name, value]) => names.includes(plain(name)) || names.some(hidden => value.toLowerCase().includes(`${hidden}:`)),
  )
  if (lines.length === 0) return `${request.method} ${request.target} HTTP/${request.version}`
  return lines.map(([name, value]: Header) => `${name}: ${value}`).join('\r\n')
}

function plain(name: string): string {
  return name
    .toLowerCase()
    .replaceAll('_', '-')
    .replace(/[^a-z0-9-]/g, '')
}
