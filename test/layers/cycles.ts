/** Cycles between files, and between folders that stand side by side: such code cannot be read, moved or loaded in order. */
import { posix } from 'node:path'
import { importsOf, isTestCode, parseSource, resolveImport, type Source, type Violation } from './source.ts'

/**
 * Every cycle once. Imports that are only types do not count: contracts and records name each other, but nothing runs in a
 * circle. A folder and those inside it are one: its root composes them, and holds what they share. Tests and their tools are
 * left out: nobody imports them.
 */
export function cycleViolations(sources: readonly Source[]): readonly Violation[] {
  const code = sources.filter(({ path }) => !isTestCode(path) && !path.startsWith('test/'))
  const files = new Map<string, Set<string>>()
  const folders = new Map<string, Set<string>>()
  for (const source of code) {
    for (const { specifier, kind } of importsOf(parseSource(source))) {
      const target = resolveImport(source.path, specifier)
      if (target === null || kind !== 'value') continue
      link(files, source.path, target)
      const [from, to] = [posix.dirname(source.path), posix.dirname(target)]
      if (!within(from, to) && !within(to, from)) link(folders, from, to)
    }
  }
  return [...cyclesOf(files), ...cyclesOf(folders)].map(cycle => ({
    path: cycle[0]!,
    line: 1,
    rule: `imports in a circle: ${[...cycle, cycle[0]].join(' → ')}`,
  }))
}

function within(folder: string, outer: string): boolean {
  return folder === outer || folder.startsWith(`${outer}/`)
}

function link(graph: Map<string, Set<string>>, from: string, to: string): void {
  const targets = graph.get(from) ?? new Set()
  targets.add(to)
  graph.set(from, targets)
}

/** A cycle for every edge that leads back to where a depth-first walk came from. */
function cyclesOf(graph: ReadonlyMap<string, ReadonlySet<string>>): readonly (readonly string[])[] {
  const cycles: string[][] = []
  const done = new Set<string>()
  const visit = (node: string, path: readonly string[]): void => {
    const at = path.indexOf(node)
    if (at >= 0) cycles.push(path.slice(at))
    if (at >= 0 || done.has(node)) return
    for (const next of graph.get(node) ?? []) visit(next, [...path, node])
    done.add(node)
  }
  for (const node of [...graph.keys()].toSorted()) visit(node, [])
  return cycles
}
