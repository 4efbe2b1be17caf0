/** Contents of files and outputs that no page has: accounts of the system, environments, dumps, listings, repositories, results of commands. */
import { CONTENTS } from './contents.ts'
import { ENVIRONMENT, type Probe } from './leak.ts'
import { isQuoted } from './scene.ts'

/** Characters of a masked content that are shown. */
const MASKED = 12

/** Where a body begins, after a byte order mark and blanks. */
const FIRST = 64

export const CONTENT_PROBES: readonly Probe[] = CONTENTS.map(
  ({ rule, what, needles, shape, severity, cwe, first, masked }) => ({
    rule: `infoleak.${rule}`,
    needles,
    find(text, lower, scene) {
      const found = shape.exec(lower)
      if (found === null || (first && (scene.isJson || found.index > FIRST))) return null
      // Articles show these; what a page holds for its own sake is not marked up as an example.
      if (isQuoted(lower, found.index) || (scene.isListed && rule !== 'listing') || isProse(lower, found.index))
        return null
      const at = found.index + (/^[\s>"';\0]/.test(found[0]) ? 1 : 0)
      const shown = masked ? `${text.slice(at, at + MASKED)}***` : text.slice(at)
      return {
        rule: `infoleak.${rule}`,
        severity,
        at,
        evidence: shown,
        why: `The response holds ${what}.`,
        shows: masked ? shown : found[0].trim().slice(0, 256),
        cwe,
      }
    },
  }),
)

const SEARCH_PATH = /(?:^|[\s\0])path=\/(?:usr|opt|bin|sbin|nix)\b/
const NEIGHBOURS = /(?:^|[\s\0])(?:pwd|home|hostname|shlvl|lang|user|shell|node_version|python_version)=[^\s\0]/
/** How far from PATH its neighbours are. */
const NEAR = 4096

/** Of a process: PATH, and another variable that every process has. */
export const PROCESS_PROBE: Probe = {
  rule: 'infoleak.environment',
  needles: ['path=/usr', 'path=/opt', 'path=/bin', 'path=/sbin', 'path=/nix'],
  find(text, lower) {
    const found = SEARCH_PATH.exec(lower)
    if (found === null || isQuoted(lower, found.index) || isProse(lower, found.index)) return null
    if (!NEIGHBOURS.test(lower.slice(Math.max(0, found.index - NEAR), found.index + NEAR))) return null
    const at = lower.indexOf('path=', found.index)
    const shown = `${text.slice(at, at + MASKED)}***`
    return {
      rule: 'infoleak.environment',
      severity: 'critical',
      at,
      evidence: shown,
      why: 'The response holds the environment of a process.',
      shows: shown,
      cwe: ENVIRONMENT,
    }
  },
}

/** Spring's actuator answers in JSON: a source of properties is named so. */
export const SPRING_PROBE: Probe = {
  rule: 'infoleak.environment',
  needles: ['systemenvironment'],
  find: (text, lower, scene) =>
    lower === 'systemenvironment' && scene.names.includes('propertysources')
      ? {
          rule: 'infoleak.environment',
          severity: 'critical',
          at: 0,
          evidence: text,
          why: 'The response holds the environment of a Spring application.',
          shows: `propertySources: ${text}`,
          cwe: ENVIRONMENT,
        }
      : null,
}

/** A sentence leads up to it: somebody explains it. */
function isProse(lower: string, at: number): boolean {
  return /(?:[a-z]{2,24}[ ,]{1,2}){6}[^\n]{0,40}$/.test(lower.slice(Math.max(0, at - 160), at))
}
