/** Tapwire's own log: JSON lines on standard error. What users asked to see goes to standard output, never through here. */
import { type DestinationStream, destination, type Logger as PinoLogger, pino, stdTimeFunctions } from 'pino'
import type { LOG_LEVELS } from '#schemas/config/telemetry.ts'

export type LogLevel = (typeof LOG_LEVELS)[number]

/** Fields beside the message; names are fixed, never from input. */
export type LogFields = Readonly<Record<string, unknown>>

export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** A logger that adds these fields to every line. */
  with(fields: LogFields): Logger
}

/** Never written, at the top or one level down: secrets that got into a field by mistake. */
const SECRET_FIELDS = ['authorization', 'cookie', 'key', 'password', 'secret', 'token']
const STDERR = 2

/** An `error` among the fields is written with its stack and cause. */
export function openLogger(level: LogLevel, out: DestinationStream = standardError()): Logger {
  const redact = { paths: SECRET_FIELDS.flatMap(name => [name, `*.${name}`]), censor: '[redacted]' }
  const root = pino(
    { level, base: null, timestamp: stdTimeFunctions.isoTime, redact, serializers: { error: pino.stdSerializers.err } },
    out,
  )
  return wrap(root)
}

function wrap(inner: PinoLogger<never>): Logger {
  return {
    debug: (message, fields = {}) => inner.debug(fields, message),
    info: (message, fields = {}) => inner.info(fields, message),
    warn: (message, fields = {}) => inner.warn(fields, message),
    error: (message, fields = {}) => inner.error(fields, message),
    with: fields => wrap(inner.child(fields)),
  }
}

/** Synchronous, so that the last lines before a crash are there. A closed standard error is no reason to stop. */
function standardError(): DestinationStream {
  const out = destination({ fd: STDERR, sync: true })
  out.on('error', error => {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error
  })
  return out
}
