/**
 * What the linter cannot ban in processors. It bans whole globals (`Date`, `process`, …, see biome.json); `Math` is needed, but
 * `Math.random` is not, and neither is any way around the linter.
 */
import ts from 'typescript'
import { isTestCode, lineOf, parseSource, type Source, type Violation } from './source.ts'

const NO_RANDOM = 'Math.random: a processor gives the same answer on every machine and at every replay'
const DETOURS = new Set(['globalThis', 'global', 'eval', 'Function', 'require'])

export function purityViolations(sources: readonly Source[]): readonly Violation[] {
  return sources
    .filter(({ path }) => path.startsWith('processors/') && !isTestCode(path))
    .flatMap(source => {
      const file = parseSource(source)
      const found: Violation[] = []
      const visit = (node: ts.Node, parent: ts.Node): void => {
        const rule = ts.isIdentifier(node) ? brokenRule(node, parent) : null
        if (rule !== null) found.push({ path: source.path, line: lineOf(file, node.end), rule })
        ts.forEachChild(node, child => visit(child, node))
      }
      visit(file, file)
      return found
    })
}

function brokenRule(node: ts.Identifier, parent: ts.Node): string | null {
  const isProperty =
    (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    (ts.isPropertyAssignment(parent) && parent.name === node)
  if (isProperty) return null
  if (DETOURS.has(node.text) && !ts.isTypeReferenceNode(parent)) {
    return `${node.text}: a processor reaches for nothing but its input`
  }
  if (node.text !== 'Math') return null
  // `Math.floor` is fine; `Math[name]`, `const { random } = Math` and the like could be anything.
  return ts.isPropertyAccessExpression(parent) && parent.name.text !== 'random' ? null : NO_RANDOM
}
