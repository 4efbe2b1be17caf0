/** Tapwire's own log: lines on standard error, unless it is wanted elsewhere. */
import { type DestinationStream, destination, type Logger as PinoLogger, pino, stdTimeFunctions } from 'pino'
import type { LOG_LEVELS } from '#schemas/config/telemetry.ts'
import { Usage } from '#schemas/contracts/errors.ts'
import { textLine } from './text-line.ts'

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
const FILE_MODE = 0o600
const STANDARD: ReadonlyMap<string, number> = new Map([
  ['stdout', 1],
  ['stderr', 2],
])

export type LogFormat = 'json' | 'text'

/** An `error` among the fields is written with its stack and cause. */
export function openLogger(level: LogLevel, out: DestinationStream = destinationOf('stderr')): Logger {
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

/**
 * Where lines go: `stderr`, `stdout`, or the path of a file, which is appended to. Synchronous, so that the last lines before
 * a crash are there. A closed standard stream is no reason to stop. Throws `Usage` when the file cannot be opened.
 */
export function destinationOf(to: string, format: LogFormat = 'json'): DestinationStream {
  const out = openDestination(to)
  return format === 'json' ? out : { write: line => out.write(textLine(line)) }
}

function openDestination(to: string): DestinationStream {
  const dest = STANDARD.get(to) ?? to
  try {
    const out = destination({ dest, sync: true, append: true, mkdir: true, mode: FILE_MODE })
    out.on('error', error => {
      if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error
    })
    return out
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new Usage(`telemetry.logFile: cannot write to ${to} (${code}): choose another file, or stderr`, { cause })
  }
}
