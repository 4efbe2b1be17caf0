/** Configuration files: YAML, checked strictly, every problem named with its place. */
import type { z } from 'zod'
import { Usage } from '#schemas/contracts/errors.ts'
import { type ConfigDocument, type Problem, readDocument } from './document.ts'
import { formatPath, problemsOf } from './problems.ts'
import { Secret, type SecretSources } from './secret.ts'

/** More problems than this are counted, not listed. */
const MAX_LISTED = 50

/** One line per problem: `tapwire.yaml:12:5 producers[0].speed: expected number, received string "fast"`. */
export class ConfigError extends Usage {
  readonly problems: readonly Problem[]
  constructor(file: string, problems: readonly Problem[]) {
    const lines = problems.slice(0, MAX_LISTED).map(({ line, column, path, message }) => {
      return `${file}:${line}:${column} ${path.length === 0 ? '' : `${formatPath(path)}: `}${message}`
    })
    if (problems.length > MAX_LISTED) lines.push(`${file}: and ${problems.length - MAX_LISTED} more`)
    super(lines.join('\n'))
    this.problems = problems
  }
}

/**
 * The checked configuration with all defaults filled in. Throws `ConfigError` with all problems at once. `file` is only a
 * name for messages. Secrets are read when `sources` are given; without, revealing one throws.
 */
export function loadConfig<Schema extends z.ZodType>(
  text: string,
  file: string,
  schema: Schema,
  sources?: SecretSources,
): z.output<Schema> {
  return checkDocument(readDocument(text), file, schema, sources)
}

/** The same for a document that was read before. */
export function checkDocument<Schema extends z.ZodType>(
  document: ConfigDocument,
  file: string,
  schema: Schema,
  sources?: SecretSources,
): z.output<Schema> {
  if (document.problems.length > 0) throw new ConfigError(file, document.problems)
  const result = schema.safeParse(document.value ?? {})
  if (!result.success) {
    const problems = problemsOf(document, result.error.issues, schema)
    const { origin } = document
    throw new ConfigError(
      file,
      origin === undefined ? problems : problems.map(problem => ({ ...problem, path: origin(problem.path) })),
    )
  }
  if (sources !== undefined) {
    const problems = [...secretsIn(result.data, [])].flatMap(({ secret, path }) => {
      const message = secret.resolve(sources)
      return message === null ? [] : [{ ...document.place(path, 'value'), path, message }]
    })
    if (problems.length > 0) throw new ConfigError(file, problems)
  }
  return result.data
}

function* secretsIn(
  value: unknown,
  path: readonly PropertyKey[],
): Generator<{ readonly secret: Secret; readonly path: readonly PropertyKey[] }> {
  if (value instanceof Secret) yield { secret: value, path }
  else if (Array.isArray(value)) for (const [i, item] of value.entries()) yield* secretsIn(item, [...path, i])
  else if (value !== null && typeof value === 'object') {
    for (const [key, item] of Object.entries(value)) yield* secretsIn(item, [...path, key])
  }
}
