import type { DetectorSpec, Finding } from '#schemas/contracts/detector.ts'
import { mannerOf } from '../../text/manner.ts'
import { declarationsIn } from './declarations.ts'
import { inclusionsIn } from './inclusions.ts'

/** A finding with the place of its evidence. */
export interface Sighting extends Pick<Finding, 'rule' | 'severity' | 'why' | 'shows' | 'unless'> {
  readonly at: number
  readonly end: number
}

/** Documents that make an XML parser read files or ask hosts: external entities, document types and inclusions. */
export default {
  id: 'xxe',
  attack: 'xxe',
  literals: ['<!doctype', '<!entity', ':include', 'xinclude', 'unparsed-text', "document('", 'document("', '1999/xsl'],
  words: [],
  inspect({ text }, lower, _exchange, report) {
    const found = [...declarationsIn(text), ...inclusionsIn(text, lower)]
    // Who writes about it quotes it; a document begins with its declarations.
    if (found.length === 0 || (!/^[\s\ufeff]*</.test(text) && mannerOf(text) === 'prose')) return
    for (const { at, end, ...finding } of found) report({ ...finding, at, evidence: text.slice(at, end) })
  },
} satisfies DetectorSpec
