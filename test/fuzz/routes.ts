/**
 * Fuzz target: host and path of a request against routes and filters, and host patterns of any text. Nothing throws, the path
 * that is compared holds nothing to resolve, and the route is one that begins like it.
 */
import assert from 'node:assert/strict'
import enrich from '#processors/enrich/index.ts'
import { compileGlob, globProblem } from '#processors/enrich/routing/glob.ts'
import { plainPath } from '#processors/enrich/routing/plain-path.ts'
import { compileRoutes } from '#processors/enrich/routing/routes.ts'

const router = compileRoutes(
  enrich.config.parse({
    application: 0,
    routes: [
      { host: '*.shop.example', application: 1 },
      { host: 'api-[a-z]*.?xample', path: '~* ^/(a+)+$', application: 2 },
      { path: '= /admin', application: 3 },
      { path: '^~ /a/', application: 4, routes: [{ path: '/a/b', application: 5 }] },
      { path: '~ (.*)*\\.php$', application: 6 },
      { path: '/a', application: 7 },
    ],
  }),
)

export const dictionary = [
  ...['/', '//', '/./', '/../', '%2e', '%2F', '%25', '%', '..', '/a/b', '/admin', '.php', '%c3%a9', '\n'],
  ...['.shop.example', 'api-', '.example', ':80', '[', ']', '*', '?', '[^', '\\', '-'],
]

/** Host and path, a newline between them; the host is a pattern too. */
export default function routes(data: Uint8Array): void {
  const [host = '', path = ''] = Buffer.from(data).toString('latin1').split('\n', 2)
  const plain = plainPath(path)
  if (path.startsWith('/')) {
    assert.match(plain, /^\//)
    assert.doesNotMatch(plain, /\/\/|\/\.\.?(?:\/|$)/)
    if (!plain.includes('%')) assert.equal(plainPath(plain), plain)
  } else assert.equal(plain, path)
  const { application } = router.target(host.toLowerCase(), plain)
  if (application === 3) assert.equal(plain, '/admin')
  if (application === 4 || application === 5) assert.ok(plain.startsWith('/a/'))
  if (globProblem(host) === null) compileGlob(host)(path)
}
