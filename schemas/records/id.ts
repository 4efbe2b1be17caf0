/** Deterministic ids: replaying the same bytes yields the same ids on every machine. */
import { hash } from 'node:crypto'

/** 24 hex digits (96 bits) of SHA-256 over the parts, separated so that ("ab","c") differs from ("a","bc"). */
export function deterministicId(...parts: readonly string[]): string {
  return hash('sha256', JSON.stringify(parts), 'hex').slice(0, 24)
}
