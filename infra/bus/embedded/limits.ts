const DAY_MS = 86_400_000

/** Bounds of the embedded log. Each has a counter in `stats()` and a stated behaviour (quota.ts, retention.ts). */
export interface EmbeddedLimits {
  /** Bytes that records may take in the store. Above it producers are refused until retention made room. */
  readonly maxBytes: number
  /** Free bytes of the disk below which producers are refused, unless the store's file has room inside. 0: all may be used. */
  readonly reserveBytes: number
  /** Bytes above `maxBytes` that tasks may use to finish what they have begun. Default: a sixteenth of `maxBytes`. */
  readonly commitReserveBytes?: number
  /** A group without a sign of life for this long no longer keeps its input from being deleted. Default: 7 days. */
  readonly groupExpiryMs?: number
}

export function withDefaults(limits: EmbeddedLimits): Required<EmbeddedLimits> {
  return { commitReserveBytes: Math.ceil(limits.maxBytes / 16), groupExpiryMs: 7 * DAY_MS, ...limits }
}
