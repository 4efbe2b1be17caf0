import type { ExchangeConnection, Origin } from '#schemas/records/exchange.ts'

/** Input that is strange: said once per kind and connection, counted always. Not an attack by itself. */
export interface Anomaly {
  /** Deterministic: connection id and kind. */
  readonly id: string
  readonly time: number
  readonly connection: ExchangeConnection
  /** `<protocol>.<what>`, e.g. `tcp.overlap-conflict`. */
  readonly anomaly: string
  readonly origin: Origin
}
