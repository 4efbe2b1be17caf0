/**
 * The table locations.cases.json. `routes`: paths as they are written, or `{ path, routes }`. `paths`: what each path of a
 * request leads to, by how that location is written; null: to none.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import cases from './locations.cases.json' with { type: 'json' }
import { type Finder, Locations } from './locations.ts'

type Written = string | { readonly path: string; readonly routes: readonly string[] }

interface Case {
  readonly group?: string
  readonly title?: string
  readonly routes?: readonly Written[]
  readonly paths?: Readonly<Record<string, string | null>>
}

function compiled(routes: readonly Written[]): Finder<string> {
  const locations = new Locations<string>()
  for (const route of routes) {
    const [path, below] = typeof route === 'string' ? [route, null] : [route.path, compiled(route.routes)]
    locations.add(path, { value: path, below })
  }
  return locations
}

let group = ''
for (const { group: begun, title, routes, paths } of cases as readonly Case[]) {
  if (begun !== undefined) group = begun
  else
    test(`${group}: ${title}`, () => {
      const locations = compiled(routes!)
      for (const [path, leads] of Object.entries(paths!))
        assert.equal(locations.find('', path)?.value ?? null, leads, path)
    })
}

test('a route without a path is the shortest beginning', () => {
  const locations = new Locations<string>()
  locations.add(null, { value: 'rest', below: null })
  locations.add('/a', { value: 'a', below: null })
  assert.equal(locations.find('', '/a/b')?.value, 'a')
  assert.equal(locations.find('', '*')?.value, 'rest')
})
