/** Is the value at this point the name of an uploaded file: of a part of a form, or in a header that uploads of scripts use? */
export function isUploadName(point: readonly string[]): boolean {
  const last = point.at(-1)
  return last === '_filename' || (point[0] === 'header' && /^X[-_.]FILE(?:[-_.]?NAME)?$/.test(point[1] ?? ''))
}
