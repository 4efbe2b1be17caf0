/**
 * A look at a text before it is taken apart: could there be a secret name in it, a value of a known form, an encoded text? Nearly always
 * not. None may be narrower than what it stands for (`names.ts`, `forms.ts`): a test holds them against each other.
 */

const NAMES =
  'pass|pwd|\\bpw\\b|\\bpin\\b|kennwort|contrasena|motdepasse|senha|otp|mfa|time.?code|security.?(?:answer|code)|recovery.?code|auth|jwt|sess|sid\\b|' +
  'secret|token|bearer|key|csrf|xsrf|nonce|state|assertion|saml|verifier|sig\\b|signature|hmac|credential|\\bsas\\b|shared.?access|webhook|' +
  'card|cc.?num|creditcard|\\bpan\\b|cv[vc]|\\bcid\\b|phone|mobile|\\btel\\b|msisdn|iban|account.?number|bank.?account'

const FORMS =
  'eyj|earer|asic |private key|akia|asia|aiza|gh[pousr]_|github_pat_|glpat-|xox|k_live|k_test|npm_|://[^\\s/@]{0,512}@|\\d(?:[ -]?\\d){12}|@[\\w-]|\\+\\d|' +
  '[a-z]{2}\\d{2} ?[a-z0-9]{4}'

const ENCODED = '%[0-9a-f]|[a-z0-9+/_-]{24}'

const ANY = new RegExp(`${NAMES}|${FORMS}|${ENCODED}`, 'i')
const NAMED = new RegExp(NAMES, 'i')
const FORMED = new RegExp(FORMS, 'i')

/** False: nothing that is known is in the text. */
export function mayHoldSecret(text: string): boolean {
  return ANY.test(text)
}

export function mayHoldName(text: string): boolean {
  return NAMED.test(text)
}

export function mayHoldForm(text: string): boolean {
  return FORMED.test(text)
}
