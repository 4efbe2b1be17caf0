import type { DetectorSpec } from '#schemas/contracts/detector.ts'
import { nameOf } from '../../text/place.ts'
import { accountOf } from './account.ts'
import { PRIVILEGE_NEEDLES, PRIVILEGED, privilegeOf } from './privileges.ts'
import { PROTOTYPE_NEEDLES, prototypeName, prototypeValue } from './prototype.ts'

/** CWE: Improperly Controlled Modification of Object Prototype Attributes. */
const PROTOTYPE_POLLUTION = 1321

/** Fields that a client is not meant to set, and names that lead a JavaScript program to the prototype of its objects. */
export default {
  id: 'mass_assignment',
  attack: 'mass_assignment',
  literals: [...PROTOTYPE_NEEDLES, ...PRIVILEGE_NEEDLES],
  words: [],
  names: [...PRIVILEGED, 'path'],
  quietNames: true,
  inspect({ point, text }, lower, exchange, report) {
    if (point[0] !== 'query' && point[0] !== 'post' && point[0] !== 'header' && point[0] !== 'websocket') return
    const isName = point.at(-1) === '_name'
    const prototype = isName ? prototypeName(lower, point) : prototypeValue(lower)
    if (prototype !== null) {
      return report({
        rule: 'mass_assignment.prototype',
        severity: 'high',
        evidence: text.slice(prototype.at),
        at: prototype.at,
        cwe: PROTOTYPE_POLLUTION,
        why: 'The name leads to the prototype of all objects: a program that merges it gives every object that property.',
        shows: prototype.shows,
        unless: 'It would be harmless as text that no program takes for the name of a property.',
      })
    }
    if (point[0] === 'header' || isName) return
    const field = fieldOf(point, lower)
    if (field === null) return
    const privilege = privilegeOf(field.name, field.value)
    if (privilege === null) return
    const account = accountOf(exchange)
    if (account === 'other' || (privilege.onlyNew && account !== 'new')) return
    report({
      rule: 'mass_assignment.privilege',
      severity: 'medium',
      evidence: text,
      at: 0,
      why: `The client gives ${account === 'new' ? 'the account that it opens' : 'its own account'} ${privilege.what}.`,
      shows: `${field.name}=${field.value}`,
      unless: 'It would be harmless with an ordinary value, or where an administrator edits accounts.',
    })
  },
} satisfies DetectorSpec

/** The field that a value is for: by its name, or the path of a JSON Patch operation (RFC 6902), whose value is taken for granted. */
function fieldOf(point: readonly string[], lower: string): { readonly name: string; readonly value: string } | null {
  if (lower.length > 64) return null
  const name = nameOf(point)
  if (name !== 'path') return { name, value: lower.trim() }
  const patched = /^\/(?:\w{1,32}\/)?(role|roles|isadmin|is_admin|is_staff)(?:\/\d{1,3}|\/-)?$/.exec(lower)
  return patched === null ? null : { name: patched[1]!, value: patched[1]!.startsWith('role') ? 'admin' : 'true' }
}
