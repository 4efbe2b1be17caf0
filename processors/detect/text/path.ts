/** Longer values are no file names. */
const LONGEST = 2048

/**
 * A value that is a path or URL as a whole, as a file system reads it: slashes, none doubled, no `.` segments, nothing behind a
 * NUL, query or fragment, no dots and colons at the end. Null for running text, in which a file name is no request for the file.
 */
export function cleanPath(lower: string): string | null {
  if (lower.length > LONGEST) return null
  const end = lower.search(/[\0?#]/)
  const path = (end < 0 ? lower : lower.slice(0, end)).replaceAll('\\', '/').trim()
  if (/[\s"'<>{}|,()`]/.test(path) && !/^(?:file:\/{0,3})?[a-z]:\/documents and settings\//.test(path)) return null
  return path
    .replace(/\/{2,}/g, '/')
    .replaceAll('/./', '/')
    .replace(/[/.:;]{1,64}$/, '')
}
