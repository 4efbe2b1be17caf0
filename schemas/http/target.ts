/** The parts of a request target (RFC 9112 §3.2). */

/** Path and query as sent; of an absolute-form target those behind the authority; none in authority-form. */
export function splitTarget(method: string, target: string): { path: string; query: string | null } {
  let at = 0
  const first = target.charCodeAt(0)
  if (first !== 47) {
    if (method === 'CONNECT') return { path: '', query: null }
    at = schemeLength(target)
    if (at > 0) at = authorityEnd(target, at)
  }
  const question = target.indexOf('?', at)
  if (question < 0) return { path: at === 0 ? target : target.slice(at), query: null }
  return { path: target.slice(at, question), query: target.slice(question + 1) }
}

/** Length of `scheme://`, 0 when the target does not begin so. */
export function schemeLength(target: string): number {
  return /^[a-zA-Z][a-zA-Z0-9+.-]{0,31}:\/\//.exec(target)?.[0].length ?? 0
}

/** Where the authority that begins at `at` ends. */
export function authorityEnd(target: string, at: number): number {
  for (let i = at; i < target.length; i++) {
    const code = target.charCodeAt(i)
    if (code === 47 || code === 63 || code === 35) return i
  }
  return target.length
}
