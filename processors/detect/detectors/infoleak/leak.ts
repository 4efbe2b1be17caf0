import type { Attack, Severity } from '#schemas/records/detection.ts'
import type { Scene } from './scene.ts'

/** Something in a response that a client should not see. */
export interface Leak {
  readonly rule: string
  readonly severity: Severity
  readonly at: number
  /** What is shown of it: secrets are masked. */
  readonly evidence: string
  readonly why: string
  readonly shows: string
  readonly cwe: number
  /** Where it is not `infoleak`. */
  readonly attack?: Attack
}

/** Looks for one kind of leak, in texts that hold one of its needles (lower case). */
export interface Probe {
  /** Of what it finds: what comes first of a rule is said. */
  readonly rule: string
  readonly needles: readonly string[]
  find(text: string, lower: string, scene: Scene): Leak | null
}

/** CWE numbers. */
export const ERROR_MESSAGE = 209
export const SENSITIVE = 200
export const LISTING = 548
export const SOURCE_CODE = 540
export const BACKUP = 530
export const ENVIRONMENT = 526
export const CREDENTIALS = 522
export const PERSONAL = 359
export const COMMAND = 78
