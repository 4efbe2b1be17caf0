/** What a detector and a decoder folder export. */
import type { Attack, Severity } from '#schemas/records/detection.ts'
import type { Exchange } from '#schemas/records/exchange.ts'

/** A value at a point of a request: text after all decoders named in the point. */
export interface Value {
  readonly point: readonly string[]
  readonly text: string
}

export interface Finding {
  /** `<detector>.<what>` */
  readonly rule: string
  readonly severity: Severity
  /** The part of the value that shows it; cut by the stage. */
  readonly evidence: string
  readonly why: string
}

/**
 * Laws
 *  1. Pure, and linear in the length of the value: no regular expression with nested or adjacent ambiguous repeats.
 *  2. At most one finding per rule and value.
 */
export interface DetectorSpec {
  /** Folder name. */
  readonly id: string
  readonly attack: Attack
  /** One of these (lower case, at least two characters) occurs in every value it can find something in. Prefilter. */
  readonly literals: readonly string[]
  /** `lower` is value.text in lower case, computed once for all detectors. */
  inspect(value: Value, lower: string, exchange: Exchange, report: (finding: Finding) => void): void
}

/**
 * Recursive: the stage applies every decoder whose `fits` says yes to every value, within bounds of depth, count and
 * expansion.
 */
export interface DecoderSpec {
  /** Appears in the point. */
  readonly name: string
  /** Cheap test whether decoding could change or take apart this text. */
  fits(text: string, point: readonly string[]): boolean
  /** Calls `out` with the point elements to append (its own name and perhaps keys) and the decoded text. */
  decode(
    text: string,
    point: readonly string[],
    limits: DecoderLimits,
    out: (suffix: readonly string[], text: string) => void,
  ): void
}

export interface DecoderLimits {
  /** Most values one decoding step may yield. */
  readonly values: number
  /** Most characters one decoding step may yield in total. */
  readonly bytes: number
  /** Deepest nesting inside one decoder (JSON). */
  readonly nesting: number
}
