/** Names of fields, parameters, headers and cookies whose values are secret. */
import type { MaskedClass } from '#schemas/config/masking.ts'

/** Letters and digits in lower case: `user[Pass-Word]` → `password`; the last part of a path of names counts. */
export function plainName(name: string): string {
  const last =
    name
      .replace(/[\]\s]+$/, '')
      .split(/[[.:/]/)
      .at(-1) ?? ''
  return last.toLowerCase().replace(/[^a-z0-9]/g, '')
}

const WHOLE: ReadonlyMap<string, MaskedClass> = new Map([
  ...'pass pwd pw pin passcode passwort kennwort contrasena motdepasse senha otp totp mfacode mfatoken onetimecode securityanswer recoverycode'
    .split(' ')
    .map(name => [name, 'password'] as const),
  ...(
    'auth jwt sid sess session bearer apikey xapikey key appkey accesskey secretkey privatekey authkey signingkey encryptionkey sessionid sessid ' +
    'jsessionid phpsessid aspnetsessionid connectsid csrf xsrf nonce state assertion samlresponse clientassertion code_verifier codeverifier sig ' +
    'signature xamzsignature hmac credentials credential sas sharedaccesssignature webhooksecret'
  )
    .split(' ')
    .map(name => [name, 'token'] as const),
  ...'card cardno cardnumber cardnum ccnumber ccnum creditcard pan cvv cvv2 cvc cvc2 cid securitycode cardcode'
    .split(' ')
    .map(name => [name, 'card'] as const),
  ...'phone phonenumber mobile mobilenumber telephone tel msisdn'.split(' ').map(name => [name, 'phone'] as const),
  ...'iban accountnumber bankaccount'.split(' ').map(name => [name, 'iban'] as const),
])

const INSIDE: readonly (readonly [part: string, what: MaskedClass])[] = [
  ['password', 'password'],
  ['passwd', 'password'],
  ['passphrase', 'password'],
  ['secret', 'token'],
  ['token', 'token'],
  ['apikey', 'token'],
  ['accesskey', 'token'],
  ['privatekey', 'key'],
  ['sessionid', 'token'],
  ['csrf', 'token'],
  ['xsrf', 'token'],
  ['creditcard', 'card'],
  ['cardnumber', 'card'],
]

/** Names that only look like it: how many tokens, of what kind, until when. */
const HARMLESS =
  /^(?:max|min|total|prompt|completion|input|output|num|n|cached|reasoning)+tokens?$|tokens?(?:type|count|limit|usage|expiry|expires|expiresin|endpoint|url|uri)$|password(?:less|policy|changed|changedat|updatedat|expired|expires|length|strength|required|resetrequired)$|^(?:has|is|forgot|change|require)(?:password|secret|token)$/

/** Null: not by its name. */
export function classOfName(plain: string): MaskedClass | null {
  const whole = WHOLE.get(plain)
  if (whole !== undefined) return whole
  if (plain.length > 64 || HARMLESS.test(plain)) return null
  for (const [part, what] of INSIDE) if (plain.includes(part)) return what
  return null
}
