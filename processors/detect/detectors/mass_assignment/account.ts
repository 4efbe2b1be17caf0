import type { Exchange } from '#schemas/records/exchange.ts'

/** Where people make or edit their own account. */
const NEW =
  /(?:^|\/)(?:register|registration|registrations|signup|sign-up|sign_up|createaccount|create-account|create_account|enroll)(?:[./]|$)/
const OWN =
  /(?:^|\/)(?:me|self|myself|profile|my-profile|myprofile|my_profile|current-user|current_user|currentuser|account|my-account|myaccount|my_account)(?:[./](?!admin)|$)/
/** Where others do it for them. */
const OTHERS =
  /(?:^|\/)(?:admin|administration|administrator|internal|manage|management|backoffice|scim|console|root|system)(?:[./_-]|$)/
/** An object that the server gave out and gets back as it was: clients save what they loaded. */
const LOADED = /"(?:created_?at|updated_?at|createdon|updatedon|_id|date_joined|lastlogin|last_login|createddate)"/i

/** Whose account the request writes to: a new one, one's own, or one that it may well administer. */
export function accountOf(exchange: Exchange): 'new' | 'own' | 'other' {
  const { method, path } = exchange.request
  const lower = path.slice(0, 512).toLowerCase()
  if (method === 'GET' || method === 'HEAD' || method === 'DELETE' || OTHERS.test(lower)) return 'other'
  if (NEW.test(lower)) return 'new'
  return OWN.test(lower) && !isLoaded(exchange) ? 'own' : 'other'
}

function isLoaded({ request }: Exchange): boolean {
  const bytes = request.content ?? request.body
  return bytes !== null && LOADED.test(Buffer.from(bytes.subarray(0, 16_384)).toString('latin1'))
}
