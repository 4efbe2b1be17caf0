/** What the layer rules look at: source files and what they import. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative } from 'node:path'
import ts from 'typescript'

export interface Source {
  /** Relative to the repository, with slashes. */
  readonly path: string
  readonly text: string
}

export interface Import {
  readonly specifier: string
  /** From 1. */
  readonly line: number
  /** `type`: gone when the program runs. `thread`: what a worker starts with. */
  readonly kind: 'value' | 'type' | 'thread'
}

export interface Violation {
  readonly path: string
  readonly line: number
  readonly rule: string
}

export function formatViolation({ path, line, rule }: Violation): string {
  return `${path}:${line} ${rule}`
}

const LAYERS = ['schemas', 'producers', 'processors', 'sinks', 'infra', 'test']
/** Folders whose files are data, also when they look like code. */
const DATA = new Set(['node_modules', 'testdata', 'corpus', 'templates', 'site'])

/** All TypeScript and JavaScript of the repository, templates and test data left out. */
export function readSources(root: string): readonly Source[] {
  return LAYERS.flatMap(layer => filesBelow(join(root, layer)))
    .filter(file => /\.[mc]?[jt]s$/.test(file))
    .map(file => ({ path: relative(root, file).replaceAll('\\', '/'), text: readFileSync(file, 'utf8') }))
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    if (entry.isDirectory()) return DATA.has(entry.name) ? [] : filesBelow(join(folder, entry.name))
    return [join(folder, entry.name)]
  })
}

/** `x.test.ts`, and `x.test-support.ts` beside it. */
export function isTestCode(path: string): boolean {
  return /\.test(-support)?\.ts$/.test(path)
}

export function parseSource({ path, text }: Source): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, false)
}

/** Static and dynamic imports, re-exports, import types, and the URLs that worker threads are started with. */
export function importsOf(file: ts.SourceFile): readonly Import[] {
  const found: Import[] = []
  const add = (node: ts.Node | undefined, kind: Import['kind']) => {
    if (node === undefined || !ts.isStringLiteralLike(node)) return
    found.push({ specifier: node.text, line: lineOf(file, node.end), kind })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeOnly(node.importClause) ? 'type' : 'value')
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly ? 'type' : 'value')
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, 'type')
    else if (ts.isCallExpression(node) && isDynamicImport(node)) add(node.arguments[0], 'value')
    else if (ts.isNewExpression(node) && isModuleUrl(node)) add(node.arguments?.[0], 'thread')
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true
  const { namedBindings } = clause
  if (clause.name !== undefined || namedBindings === undefined || !ts.isNamedImports(namedBindings)) return false
  return namedBindings.elements.length > 0 && namedBindings.elements.every(element => element.isTypeOnly)
}

function isDynamicImport(node: ts.CallExpression): boolean {
  return node.expression.kind === ts.SyntaxKind.ImportKeyword
}

/** `new URL('./worker.ts', import.meta.url)` */
function isModuleUrl(node: ts.NewExpression): boolean {
  const [file] = node.arguments ?? []
  if (!ts.isIdentifier(node.expression) || node.expression.text !== 'URL' || file === undefined) return false
  return ts.isStringLiteralLike(file) && /^\.{1,2}\/.*\.[jt]s$/.test(file.text)
}

export function lineOf(file: ts.SourceFile, position: number): number {
  return file.getLineAndCharacterOfPosition(position).line + 1
}

/** Path in the repository of what a file imports; null for packages and Node's own modules. */
export function resolveImport(from: string, specifier: string): string | null {
  if (specifier.startsWith('#')) return specifier.slice(1)
  if (!specifier.startsWith('.')) return null
  return posix.join(dirname(from).replaceAll('\\', '/'), specifier)
}

/** Name of the package: `@scope/name` or `name`, without what is inside it. */
export function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}
