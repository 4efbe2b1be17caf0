import type { ExchangeConnection, Origin } from '#schemas/records/exchange.ts'

/** Attack types of the JSON contract. */
export const ATTACKS = [
  'sqli',
  'nosqli',
  'xss',
  'rce',
  'ptrav',
  'lfi',
  'rfi',
  'ssti',
  'ssi',
  'ssrf',
  'xxe',
  'ldapi',
  'crlf',
  'mail_injection',
  'redir',
  'mass_assignment',
  'scanner',
  'data_bomb',
  'smuggling',
  'infoleak',
  'session_fixation',
  'webshell',
  'gql_doc_size',
  'gql_value_size',
  'gql_depth',
  'gql_aliases',
  'gql_docs_per_batch',
  'gql_introspection',
  'gql_debug',
  'brute',
  'dirbust',
  'bola',
  'enum',
  'vectors',
  'credential_stuffing',
  'vpatch',
] as const
export type Attack = (typeof ATTACKS)[number]

export const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const
export type Severity = (typeof SEVERITIES)[number]

/** One attack type found at one point of one exchange. */
export interface Detection {
  /** Deterministic: exchange id, rule and point. */
  readonly id: string
  /** Capture time of the exchange, µs. */
  readonly time: number
  /** Id of the exchange. */
  readonly exchange: string
  readonly connection: ExchangeConnection
  readonly ordinal: number
  readonly stream: number | null
  readonly client: { readonly ip: string; readonly port?: number }
  readonly host: string
  readonly application: number
  readonly method: string
  readonly path: string
  readonly attack: Attack
  readonly severity: Severity
  /** `<attack>.<what>`, e.g. `sqli.union-select`. */
  readonly rule: string
  /** Where the value stands, decoders included: `["query","id","base64"]`. */
  readonly point: readonly string[]
  /** The part of the decoded value that shows it, at most 256 characters. */
  readonly evidence: string
  /** Why, in one sentence. */
  readonly why: string
  /** Index in the decoded value at which the evidence begins. Null where it is not a part of it. */
  readonly at: number | null
  /** What was recognised: the tokens or the expression that matched, at most 256 characters. */
  readonly shows: string | null
  /** What would have made the value harmless, in one sentence. */
  readonly unless: string | null
  /** Weaknesses by their CWE number, the best one first (`taxonomy.ts`). */
  readonly cwe: readonly number[]
  /** Categories of the OWASP Top 10 (`A03:2021`) and of the API Security Top 10 (`API7:2023`). */
  readonly owasp: readonly string[]
  /** Who found it: `<name>@<hash>` of a rule pack, or `tapwire@<hash>` of what is built in. */
  readonly pack: string
  readonly response: { readonly status: number } | null
  readonly origin: Origin
}
