/** What a process of a cluster does. On one machine, one process does all. */
import { closest } from '#schemas/config/closest.ts'
import { Usage } from '#schemas/contracts/errors.ts'

export const ROLES = ['capture', 'process', 'sink'] as const
export type Role = (typeof ROLES)[number]

/** `capture,process`, or `all`. Throws `Usage`. */
export function rolesOf(text: string | undefined): ReadonlySet<Role> {
  if (text === undefined || text === 'all') return new Set(ROLES)
  return new Set(
    text.split(',').map(word => {
      const role = ROLES.find(known => known === word.trim())
      if (role !== undefined) return role
      const hint = closest(word, ROLES)
      throw new Usage(
        `--role: unknown role ${JSON.stringify(word)}${hint === null ? '' : ` (did you mean ${hint}?)`}; roles are ${ROLES.join(', ')} and all`,
      )
    }),
  )
}
