/** Numbers of payment cards (ISO/IEC 7812), where something says that they are. Evidence shows the first six and the last four digits. */
import { type Leak, PERSONAL, type Probe } from './leak.ts'
import type { Scene } from './scene.ts'

const RULE = 'infoleak.card-number'

/** Names of fields that hold one. */
export const CARD_NAMES: readonly string[] = [
  'card_number',
  'cardnumber',
  'card_no',
  'cardno',
  'cc_number',
  'ccnumber',
  'ccnum',
  'credit_card',
  'creditcard',
  'credit_card_number',
  'creditcardnumber',
  'pan',
  'primary_account_number',
  'primaryaccountnumber',
]

const CARD_NEEDLES = [
  'card number',
  'card no',
  'card_number',
  'card_no',
  'cardnumber',
  'cardno',
  'credit card',
  'creditcard',
  'kartennummer',
]

/** In text: a label, then the number within a few characters that are no digits. */
const LABELLED = /(?:card[ _]?(?:number|no)\b|credit ?card|kartennummer)[^\d\n]{1,40}((?:\d[ -]?){12,18}\d)(?![\d-])/g
const WHOLE = /^\s{0,4}((?:\d[ -]?){12,18}\d)\s{0,4}$/

/** What payment providers publish for tests. */
const TESTS = new Set([
  '4111111111111111',
  '4242424242424242',
  '4012888888881881',
  '4000056655665556',
  '5555555555554444',
  '5105105105105100',
  '5200828282828210',
  '2223003122003222',
  '378282246310005',
  '371449635398431',
  '6011111111111117',
  '6011000990139424',
  '3530111333300000',
  '3566002020360505',
  '4000000000000002',
  '4222222222222',
  '30569309025904',
  '38520000023237',
  '4000000000000000',
  '5454545454545454',
  '4917610000000000',
  '4532015112830366',
  '4716108999716531',
])

/** Networks: Visa, Mastercard, American Express, Discover, JCB, Diners, UnionPay. */
const NETWORK =
  /^(?:4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|6(?:011|5\d\d|4[4-9]\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}|3(?:0[0-5]|[68]\d)\d{11}|62\d{14,17})$/

function cardOf(text: string, lower: string, scene: Scene): Leak | null {
  const whole = CARD_NAMES.includes(scene.name) ? WHOLE.exec(text) : null
  if (whole !== null && isCard(whole[1]!)) return leakOf(text.indexOf(whole[1]!), whole[1]!)
  LABELLED.lastIndex = 0
  for (let found = LABELLED.exec(lower); found !== null; found = LABELLED.exec(lower)) {
    if (isCard(found[1]!)) return leakOf(found.index + found[0].length - found[1]!.length, found[1]!)
  }
  return null
}

export const CARD_PROBE: Probe = { rule: RULE, needles: CARD_NEEDLES, find: cardOf }

function leakOf(at: number, number: string): Leak {
  const digits = number.replaceAll(/\D/g, '')
  const shown = `${digits.slice(0, 6)}***${digits.slice(-4)}`
  return {
    rule: RULE,
    severity: 'high',
    at,
    evidence: shown,
    why: 'The response holds the number of a payment card in full.',
    shows: shown,
    cwe: PERSONAL,
  }
}

function isCard(number: string): boolean {
  const digits = number.replaceAll(/\D/g, '')
  return NETWORK.test(digits) && !TESTS.has(digits) && new Set(digits).size > 3 && isLuhn(digits)
}

/** The check digit (ISO/IEC 7812-1, annex B): every second digit from the right doubled, its digits added. */
export function isLuhn(digits: string): boolean {
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48
    sum += i % 2 === 0 ? digit : digit * 2 > 9 ? digit * 2 - 9 : digit * 2
  }
  return sum % 10 === 0
}
