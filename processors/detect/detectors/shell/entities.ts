/** Character references of HTML: the ampersand and the semicolon in `&amp;` separate nothing. */

const ENTITY =
  /^&(?:#\d{1,7}|#x[0-9a-f]{1,6}|nbsp|amp|[lg]t|quot|apos|copy|reg|hellip|[mn]dash|[lr][sd]quo|bull|euro|middot|trade|times|deg|[lr]aquo|shy|[a-z](?:uml|acute|grave|circ|tilde|cedil)|szlig);/i

/** Length of the reference whose ampersand stands at `at`, or 0. */
export function entityAt(text: string, at: number): number {
  const next = text.charCodeAt(at + 1) | 32
  if (next !== 35 && (next < 97 || next > 122)) return 0
  return ENTITY.exec(text.slice(at, at + 12))?.[0].length ?? 0
}
