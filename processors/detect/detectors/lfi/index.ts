import type { DetectorSpec, Finding } from '#schemas/contracts/detector.ts'
import { cleanPath } from '../../text/path.ts'
import { namesFile, placeOf } from '../../text/place.ts'
import { BACKUP_NEEDLES, backupFile } from './backup.ts'
import { PRIVATE_NEEDLES, privateFile } from './private.ts'

/** A session of PHP, as it lies on the disk: attackers write into theirs and have it included. */
const SESSION = /\/sess_[a-z0-9]{8,64}$/

/** Files that an application has, and that it never meant to hand out: asked for as path, or by a parameter that says which to open. */
export default {
  id: 'lfi',
  attack: 'lfi',
  literals: [...PRIVATE_NEEDLES, ...BACKUP_NEEDLES, '/sess_'],
  words: [],
  inspect({ point, text }, lower, _exchange, report) {
    const isTarget = point[0] === 'uri'
    // Segments and the action are parts of the path, which is looked at as a whole.
    if (point[0] === 'path' || point[0] === 'action_name' || point[0] === 'action_ext') return
    const path = cleanPath(lower)
    // What another server has is no file of this one.
    if (path === null || /^https?:/.test(path)) return
    const isData = placeOf(point) === 'data'
    if (isData && !/(?:^|\/)\.\.\//.test(path)) return
    const say = (rule: string, severity: Finding['severity'], what: string) =>
      report({
        rule,
        severity,
        evidence: text,
        at: 0,
        why: `The path names ${what}, which no client has a reason to ask for.`,
        shows: what,
        unless: 'It would be harmless if it named something that the application serves, or stood in running text.',
      })
    const found = privateFile(path, isTarget, !isData && namesFile(point))
    if (found !== null) return say('lfi.private-file', found.severity, found.what)
    const backup = isTarget ? backupFile(path) : null
    if (backup !== null) return say('lfi.backup', 'medium', backup)
    if (!isTarget && SESSION.test(path)) say('lfi.session-file', 'high', 'the file of a PHP session')
  },
} satisfies DetectorSpec
