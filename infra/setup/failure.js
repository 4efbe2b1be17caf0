/** Something the user can mend: printed as one line that says what to do. */
export class SetupFailure extends Error {}

/**
 * The code of a system error (`ENOENT`), empty when it is another kind.
 * @param {unknown} error
 */
export function codeOf(error) {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
