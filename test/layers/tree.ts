/** Rules about where files stand: the top level, component folders, and how long a file may be. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Source, Violation } from './source.ts'

const FOLDERS = ['producers', 'processors', 'sinks', 'schemas', 'infra', 'test']
/** Files that tools and readers expect at the root, and folders that are not in the repository. */
const ROOT_FILES = new Set([
  ...['package.json', 'package-lock.json', 'tsconfig.json', 'biome.json'],
  ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md', 'LICENSE', 'NOTICE'],
  ...['.ci', '.git', '.gitignore', '.gitattributes', '.dockerignore', '.editorconfig', '.github', '.npmrc'],
  ...['node_modules', '.tapwire'],
])
const COMPONENT_LAYERS = ['producers', 'processors', 'sinks']
const MAX_LINES = 400

/** Longer than MAX_LINES on purpose. */
export const LONG_TABLES: ReadonlySet<string> = new Set()

/** What stands at the top of the repository that does not belong there. Logs are ignored by git, so here too. */
export function strangers(root: string): readonly string[] {
  return readdirSync(root).filter(name => !FOLDERS.includes(name) && !ROOT_FILES.has(name) && !name.endsWith('.log'))
}

/** Component folders that lack their entry, their description or a test. */
export function incompleteComponents(root: string): readonly string[] {
  return COMPONENT_LAYERS.flatMap(layer =>
    readdirSync(join(root, layer), { withFileTypes: true })
      .filter(entry => entry.isDirectory())
      .flatMap(({ name }) => {
        const folder = join(root, layer, name)
        const lacks = ['index.ts', 'README.md'].filter(file => !existsSync(join(folder, file)))
        const tested = readdirSync(folder, { recursive: true }).some(file => String(file).endsWith('.test.ts'))
        if (!tested) lacks.push('a *.test.ts')
        return lacks.map(what => `${layer}/${name} has no ${what}`)
      }),
  )
}

export function lengthViolations(sources: readonly Source[]): readonly Violation[] {
  return sources.flatMap(({ path, text }) => {
    const lines = text.split('\n').length - 1
    if (lines <= MAX_LINES || LONG_TABLES.has(path)) return []
    return [{ path, line: MAX_LINES, rule: `has ${lines} lines: split it by meaning above ${MAX_LINES}` }]
  })
}
