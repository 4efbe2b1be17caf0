/** Secret values: configuration names where they are, never what they are, and nothing prints them. */
import { z } from 'zod'

/** How secrets are read; given by the command line, the only place that knows an environment. */
export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Throws when the file cannot be read. */
  readFile(path: string): string
}

type Reference = { readonly env: string } | { readonly file: string } | { readonly of: 'code' }

/** Longest secret read from a file or variable, in characters. */
const MAX_LENGTH = 64 * 1024

export class Secret {
  readonly #reference: Reference
  #value: string | null

  constructor(reference: Reference, value: string | null = null) {
    this.#reference = reference
    this.#value = value
  }

  /** A secret whose value is at hand: for tests and generated keys. */
  static of(value: string): Secret {
    return new Secret({ of: 'code' }, value)
  }

  /** The value. Throws when it was never resolved: `loadConfig` does that when it is given sources. */
  reveal(): string {
    if (this.#value === null) throw new Error(`${this} was used before it was read`)
    return this.#value
  }

  /** Reads the value. Returns what is wrong, or null. */
  resolve(sources: SecretSources): string | null {
    const reference = this.#reference
    if ('of' in reference) return null
    const value = 'env' in reference ? sources.env[reference.env] : readTrimmed(sources, reference.file)
    if (value instanceof Error) return `cannot read the secret: ${value.message}`
    if (value === undefined) return `the environment variable ${(reference as { env: string }).env} is not set`
    if (value === '') return 'the secret is empty'
    if (value.length > MAX_LENGTH) return `the secret is longer than ${MAX_LENGTH} characters`
    this.#value = value
    return null
  }

  toString(): string {
    const reference = this.#reference
    if ('env' in reference) return `[secret from env ${reference.env}]`
    return 'file' in reference ? `[secret from file ${reference.file}]` : '[secret]'
  }

  toJSON(): string {
    return this.toString()
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
}

/** Files usually end in a line end that is no part of the secret. */
function readTrimmed(sources: SecretSources, path: string): string | Error {
  try {
    return sources.readFile(path).replace(/\r?\n$/, '')
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

const FORM = 'a secret is { env: NAME } or { file: path }, never the value itself'

const reference = z
  .strictObject({ env: z.string().min(1).max(256).optional(), file: z.string().min(1).max(4096).optional() })
  .refine(({ env, file }) => (env === undefined) !== (file === undefined))
  .transform(({ env, file }) => new Secret(env === undefined ? { file: file! } : { env }))

/** A secret in configuration. The parsed value is unresolved; what was parsed already passes as it is. */
export function secret() {
  return z.union([z.instanceof(Secret), reference], { error: FORM }).meta({ secret: true })
}
