/** Fields that a server sets, and values with which a client would give itself more than it has. */

export interface Privilege {
  readonly what: string
  /** Only who does not have an account yet has no reason to send it: others send back what they were given. */
  readonly onlyNew: boolean
}

const FLAGS = [
  'admin',
  'isadmin',
  'is_admin',
  'isadministrator',
  'is_administrator',
  'is_staff',
  'isstaff',
  'superuser',
  'is_superuser',
  'issuperuser',
  'superadmin',
  'is_superadmin',
  'issuperadmin',
  'is_super_admin',
  'is_root',
  'isroot',
  'is_moderator',
  'ismoderator',
] as const

const ROLES = [
  'role',
  'roles',
  'user_role',
  'userrole',
  'rolename',
  'role_name',
  'usertype',
  'user_type',
  'account_type',
  'accounttype',
  'accesslevel',
  'access_level',
  'privilege',
  'privileges',
  'permission',
  'permissions',
  'group',
  'groups',
] as const

const STATES = [
  'verified',
  'is_verified',
  'isverified',
  'email_verified',
  'emailverified',
  'is_email_verified',
  'kyc_verified',
  'approved',
  'is_approved',
  'isapproved',
  'is_premium',
  'ispremium',
  'is_paid',
  'ispaid',
] as const

const AMOUNTS = [
  'balance',
  'account_balance',
  'accountbalance',
  'wallet_balance',
  'walletbalance',
  'credit',
  'credits',
] as const

const RANK = /^(?:role_)?(?:super[_ -]?)?(?:admin(?:istrator)?s?|user|root|staff|system)$/
const ORDINARY = /^(?:role_)?(?:user)$/
const TRUE = /^(?:true|1|yes|on|y|t)$/
const AMOUNT = /^[1-9]\d{0,18}(?:\.\d{1,8})?$/

const KINDS = new Map<string, 'flag' | 'role' | 'state' | 'amount'>([
  ...FLAGS.map(name => [name, 'flag'] as const),
  ...ROLES.map(name => [name, 'role'] as const),
  ...STATES.map(name => [name, 'state'] as const),
  ...AMOUNTS.map(name => [name, 'amount'] as const),
])

export const PRIVILEGED: readonly string[] = [...KINDS.keys()]

/** Needles: a name with what parts it from its value, and as far as it helps the value. */
export const PRIVILEGE_NEEDLES: readonly string[] = [
  ...FLAGS.filter(name => name !== 'admin').flatMap(name => [`${name}"`, `${name}=`, `${name}]`]),
  ...assigned('admin', ['true', '1', '"true"', '"1"', 'yes', 'on']),
  ...[
    'role',
    'roles',
    'type',
    'level',
    'privilege',
    'privileges',
    'permission',
    'permissions',
    'group',
    'groups',
    'rolename',
    'role_name',
  ].flatMap(name =>
    assigned(name, [
      '"admin',
      '"super',
      '"root',
      '"staff',
      '"role_',
      '"system',
      'admin',
      'super',
      'root',
      'staff',
      'role_',
      '["admin',
      '["super',
      '["role_',
    ]),
  ),
  ...['verified', 'approved', 'premium', 'paid'].flatMap(name => assigned(name, ['true', '1', '"true"', 'yes'])),
  ...[...AMOUNTS].flatMap(name => [`"${name}"`, `${name}=`]),
  '"/role',
  '"/isadmin',
  '"/is_admin',
  '"/is_staff',
]

function assigned(name: string, values: readonly string[]): readonly string[] {
  return values.flatMap(value =>
    /^["[]/.test(value)
      ? [`${name}":${value}`, `${name}": ${value}`]
      : [`${name}=${value}`, `${name}]=${value}`, `${name}":${value}`, `${name}": ${value}`],
  )
}

/** What a field of that name would give who sends it that value; null for ordinary values (`role=user`, `isAdmin=false`). */
export function privilegeOf(name: string, value: string): Privilege | null {
  switch (KINDS.get(name)) {
    case 'flag':
      return TRUE.test(value) ? { what: `the flag "${name}"`, onlyNew: false } : null
    case 'role':
      return RANK.test(value) && !ORDINARY.test(value) ? { what: `the role "${value}"`, onlyNew: false } : null
    case 'state':
      return TRUE.test(value) ? { what: `the state "${name}"`, onlyNew: true } : null
    case 'amount':
      return AMOUNT.test(value) ? { what: `an amount as "${name}"`, onlyNew: true } : null
    case undefined:
      return null
  }
}
