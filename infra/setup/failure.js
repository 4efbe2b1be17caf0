/** Something the user can mend: printed as one line that says what to do. */
export class SetupFailure extends Error {
  name = 'SetupFailure'
}
