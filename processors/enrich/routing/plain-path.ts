/**
 * The path that routes and filters compare, so that no other spelling of it gets around them. As NGINX makes its `$uri`:
 *
 *   1. every %XX is decoded, once                        /%61dmin → /admin, /%252e → /%2e
 *   2. adjacent slashes are one, decoded ones too        //a/%2Fb → /a/b
 *   3. segments "." and ".." are resolved, decoded ones too; ".." at the root stays there
 *
 * Where NGINX refuses the request, the text stays: a % without two digits, and what does not begin with "/". What is not
 * UTF-8 after decoding is read as Latin-1. The query is no part of it.
 */
const PLAIN = /^\/$|^(?:\/[^/%.][^/%]*)+\/?$/

export function plainPath(path: string): string {
  if (PLAIN.test(path) || !path.startsWith('/')) return path
  const kept: string[] = []
  const segments = decoded(path).split('/')
  for (const segment of segments) {
    if (segment === '..') kept.pop()
    else if (segment !== '' && segment !== '.') kept.push(segment)
  }
  const last = segments.at(-1)!
  const folder = last === '' || last === '.' || last === '..'
  return `/${kept.join('/')}${folder && kept.length > 0 ? '/' : ''}`
}

function decoded(path: string): string {
  if (!path.includes('%')) return path
  // Runs of escapes, because a character may take several.
  return path.replace(/(?:%[0-9A-Fa-f]{2})+/g, run => {
    const bytes = Buffer.from(run.replaceAll('%', ''), 'hex')
    const text = bytes.toString('utf8')
    return text.includes('\ufffd') ? bytes.toString('latin1') : text
  })
}
