import type { Finding } from '#schemas/contracts/detector.ts'
import type { Attack, Detection } from '#schemas/records/detection.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import { deterministicId } from '#schemas/records/id.ts'
import { TAXONOMY } from '#schemas/records/taxonomy.ts'

/** Longest evidence, `shows`, `unless` and point element, in characters. */
export const EVIDENCE = 256

/** A finding at its point. */
export interface Found {
  readonly attack: Attack
  readonly finding: Finding
  readonly point: readonly string[]
}

/** The record. Its id is the same whenever the same bytes are read again. `pack`: who found it. */
export function detectionOf(exchange: Exchange, { attack, finding, point }: Found, pack: string): Detection {
  const { cwe, owasp } = TAXONOMY[attack]
  const place = point.map(part => part.slice(0, EVIDENCE))
  return {
    id: deterministicId(exchange.id, finding.rule, ...place),
    time: exchange.time,
    exchange: exchange.id,
    connection: exchange.connection,
    ordinal: exchange.ordinal,
    stream: exchange.stream,
    client: exchange.client,
    host: exchange.host,
    application: exchange.application,
    method: exchange.request.method,
    path: exchange.request.path,
    attack,
    severity: finding.severity,
    rule: finding.rule,
    point: place,
    evidence: finding.evidence.slice(0, EVIDENCE),
    why: finding.why,
    at: finding.at ?? null,
    shows: finding.shows?.slice(0, EVIDENCE) ?? null,
    unless: finding.unless?.slice(0, EVIDENCE) ?? null,
    cwe: finding.cwe === undefined ? cwe : [finding.cwe],
    owasp,
    pack,
    response: exchange.response === null ? null : { status: exchange.response.status },
    origin: exchange.origin,
  }
}
