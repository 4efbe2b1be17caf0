/**
 * Errors named for what the caller must do. A component throws one of these; the runtime retries, drops or counts.
 * Anything else that is thrown is a bug and crashes the task (which the supervisor restarts, then gives up on).
 */

/** Try the same call again later, with back-off. `reason` is a short counter name, e.g. `log-full`. */
export class Retryable extends Error {
  override readonly name: string = 'Retryable'
  readonly reason: string
  /** Milliseconds the other side asked to wait, when it did. */
  readonly retryAfter: number | null
  /** The other side is there and this is what it made of what it was given: some of that may be the cause. */
  readonly answered: boolean
  constructor(
    reason: string,
    message: string,
    options: { cause?: unknown; retryAfter?: number; answered?: boolean } = {},
  ) {
    super(message, { cause: options.cause })
    this.reason = reason
    this.retryAfter = options.retryAfter ?? null
    this.answered = options.answered ?? false
  }
}

/** Will never work: what was handed in goes to `dead` (a record) or to the user (a file, a configuration). */
export class Refused extends Error {
  override readonly name: string = 'Refused'
  readonly reason: string
  constructor(reason: string, message: string, options: { cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.reason = reason
  }
}

/** Somebody else owns this partition now: drop the task and its state, write nothing. */
export class Fenced extends Error {
  override readonly name: string = 'Fenced'
}

/** The user must change something: wrong flag, file, configuration. Printed as one line, exit code 2. */
export class Usage extends Error {
  override readonly name: string = 'Usage'
}
