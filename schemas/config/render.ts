/** Plain data into YAML, for people. */
import { Document, isMap, isScalar, isSeq, type Node } from 'yaml'
import type { Path } from './document.ts'

/** `head`: the first line, a comment. `commentOf`: what stands behind or above the value at a path; null: nothing. */
export function renderDocument(value: unknown, head: string, commentOf: (path: Path) => string | null): string {
  const document = new Document(value, { aliasDuplicateObjects: false })
  document.commentBefore = ` ${head}`
  annotate(document.contents as Node | null, [], commentOf)
  return document.toString({ lineWidth: 0 })
}

/** Behind a scalar, above the key of anything larger, above an entry of a list. */
function annotate(node: Node | null, path: Path, commentOf: (path: Path) => string | null): void {
  if (isMap<Node, Node | null>(node)) {
    for (const { key, value } of node.items) {
      const own = [...path, isScalar(key) ? String(key.value) : '']
      const comment = commentOf(own)
      if (comment !== null && isScalar(value)) value.comment = ` ${comment}`
      else if (comment !== null) key.commentBefore = ` ${comment}`
      annotate(value, own, commentOf)
    }
  } else if (isSeq<Node>(node)) {
    for (const [i, item] of node.items.entries()) {
      const comment = commentOf([...path, i])
      if (comment !== null && isScalar(item)) item.comment = ` ${comment}`
      else if (comment !== null) item.commentBefore = ` ${comment}`
      annotate(item, [...path, i], commentOf)
    }
  }
}
