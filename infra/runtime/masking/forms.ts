/** Values that are known by their form, wherever they stand. Every expression is linear: no repeat meets another of the same characters. */
import type { MaskedClass } from '#schemas/config/masking.ts'

/** A part of a text that is not to be seen. */
export interface Span {
  readonly from: number
  readonly to: number
  readonly what: MaskedClass
}

interface Form {
  readonly what: MaskedClass
  /** The first group, if there is one, is the value. With flags d and g. */
  readonly pattern: RegExp
  readonly holds?: (text: string) => boolean
  /** The text must hold this for the expression to be run. */
  readonly needs: string
}

const FORMS: readonly Form[] = [
  { what: 'jwt-signature', needs: 'eyJ', pattern: /\beyJ[\w-]{4,4096}\.[\w-]{2,8192}\.([\w-]{8,2048})/dg },
  { what: 'authorization', needs: 'earer', pattern: /\b[Bb]earer\s{1,4}([\w.~+/=-]{8,8192})/dg },
  { what: 'authorization', needs: 'asic ', pattern: /\b[Bb]asic\s{1,4}([\w+/=-]{8,2048})/dg },
  { what: 'key', needs: 'PRIVATE KEY', pattern: /-----BEGIN [A-Z ]{0,32}PRIVATE KEY-----([^-]{16,16384})/dg },
  { what: 'key', needs: 'IA', pattern: /\b(?:AKIA|ASIA)([A-Z0-9]{16})\b/dg },
  { what: 'key', needs: 'AIza', pattern: /\bAIza([\w-]{35})/dg },
  { what: 'token', needs: 'gh', pattern: /\bgh[pousr]_([A-Za-z0-9]{30,255})/dg },
  { what: 'token', needs: 'github_pat_', pattern: /\bgithub_pat_(\w{30,255})/dg },
  { what: 'token', needs: 'glpat-', pattern: /\bglpat-([\w-]{18,255})/dg },
  { what: 'token', needs: 'xox', pattern: /\bxox[abeoprs]-([\w-]{10,255})/dg },
  { what: 'token', needs: 'k_', pattern: /\b[rs]k_(?:live|test)_([A-Za-z0-9]{16,255})/dg },
  { what: 'token', needs: 'npm_', pattern: /\bnpm_([A-Za-z0-9]{36})\b/dg },
  { what: 'password', needs: '://', pattern: /:\/\/[^\s/:@?#"'<>]{0,255}:([^\s/@?#"'<>]{1,255})@/dg },
  { what: 'card', needs: '', pattern: /(?<![\d.])(\d(?:[ -]?\d){12,18})(?![\d.])/dg, holds: isCard },
  {
    what: 'iban',
    needs: '',
    pattern: /\b([A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?)\b/dg,
    holds: isIban,
  },
  { what: 'email', needs: '@', pattern: /(?<![\w.+-])([\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8})/dg },
  { what: 'phone', needs: '+', pattern: /(?<![\w+])(\+\d(?:[ ().-]{0,2}\d){7,14})(?!\d)/dg },
]

export function formSpans(text: string, wanted: (what: MaskedClass) => boolean): Span[] {
  const spans: Span[] = []
  for (const { what, pattern, holds, needs } of FORMS) {
    if (!wanted(what) || !text.includes(needs)) continue
    for (const { indices } of text.matchAll(pattern)) {
      const [from, to] = indices![1]!
      if (holds === undefined || holds(text.slice(from, to))) spans.push({ from, to, what })
    }
  }
  return spans
}

/** 13 to 19 digits with a valid check digit (ISO/IEC 7812-1, Luhn), of a major industry that issues cards, and not all the same. */
export function isCard(text: string): boolean {
  const digits = text.replace(/\D/g, '')
  if (digits.length < 13 || digits.length > 19 || !/^[2-6]/.test(digits) || /^(\d)\1*$/.test(digits)) return false
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48
    const doubled = digit * 2
    sum += i % 2 === 0 ? digit : doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

/** ISO 13616: the number with the country moved behind, letters as 10 to 35, leaves 1 when divided by 97. */
export function isIban(text: string): boolean {
  const plain = text.replaceAll(' ', '')
  if (plain.length < 15 || plain.length > 34) return false
  let rest = 0
  for (const char of plain.slice(4) + plain.slice(0, 4)) {
    const value = Number.parseInt(char, 36)
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
  }
  return rest === 1
}
