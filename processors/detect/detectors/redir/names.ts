/** Fields that say where a browser goes on. */

/**
 * Wanted whatever they hold; none that is a word of every text. Nor `uri`: the path of every request stands at a point of that
 * name.
 */
export const TELLING: readonly string[] = [
  'back_url',
  'backurl',
  'callback',
  'callback_url',
  'callbackurl',
  'cancel_url',
  'checkout_url',
  'continue',
  'continue_url',
  'continueto',
  'dest',
  'dest_url',
  'destination',
  'desturl',
  'failure_url',
  'forward_url',
  'forwardurl',
  'from_url',
  'goto',
  'go_to',
  'gotourl',
  'jump_url',
  'login_url',
  'loginurl',
  'logout_url',
  'logouturl',
  'next',
  'next_page',
  'next_url',
  'nexturl',
  'out_url',
  'outurl',
  'post_logout_redirect_uri',
  'redir',
  'redir_url',
  'redirect',
  'redirect_after_login',
  'redirect_to',
  'redirect_uri',
  'redirect_url',
  'redirectto',
  'redirecturi',
  'redirecturl',
  'relaystate',
  'retour',
  'return_path',
  'return_to',
  'return_uri',
  'return_url',
  'returnpath',
  'returnto',
  'returnurl',
  'rurl',
  'success_url',
  'successurl',
  'target_url',
  'targeturl',
  'url',
]

/** Holds links of any kind. */
const LINK = 'url'

const FORWARDS: ReadonlySet<string> = new Set(TELLING.filter(name => name !== LINK))

/** `forward`: the browser is sent there. `link`: it may be. */
export type Role = 'forward' | 'link' | 'other'

/** `field` is lower case. */
export function roleOf(field: string): Role {
  if (FORWARDS.has(field)) return 'forward'
  return field === LINK ? 'link' : 'other'
}
