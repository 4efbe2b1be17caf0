/**
 * Makes secrets in texts unreadable: values by their names (`names.ts`, `pairs.ts`), by their form (`forms.ts`), by patterns of the
 * configuration; also inside base64 and percent escapes.
 *
 *   mask → ***      hash → h:0123456789abcdef (HMAC-SHA256, the first 64 bits)      drop → nothing      keep → as it is
 */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { RE2JS } from 're2js'
import type { Deed, MaskedClass, MaskingConfig } from '#schemas/config/masking.ts'
import { formSpans } from './forms.ts'
import { mayHoldForm, mayHoldName, mayHoldSecret } from './glance.ts'
import { HeaderMemory } from './header-memory.ts'
import { classOfName, plainName } from './names.ts'
import { pairsIn } from './pairs.ts'

export const MASK = '***'

/** Documents inside base64 or escapes inside documents: so deep. */
const DEPTH = 3
/** Base64 is looked into when it is this long, in characters. */
const TOKEN = /[A-Za-z0-9+/_-]{24,65536}={0,2}/g
/** Shorter values are not looked for elsewhere: they stand everywhere. */
const LEAST = 4

interface Change {
  readonly from: number
  readonly to: number
  /** What stands there then. */
  readonly text: string
}

interface Pattern {
  readonly re: RE2JS
  readonly deed: Deed
}

export class Masker {
  readonly headers = new HeaderMemory()
  readonly #classes: Readonly<Record<MaskedClass, Deed>>
  readonly #names: ReadonlyMap<string, Deed>
  readonly #points: ReadonlyMap<string, Deed>
  readonly #patterns: readonly Pattern[]
  /** Made once: that costs more than a hash. */
  readonly #key: KeyObject
  /** What was made unreadable since `forget`: for texts that quote it without its name. */
  #secrets = new Map<string, string>()

  constructor(config: Omit<MaskingConfig, 'key'>, key: Uint8Array) {
    this.#classes = config.classes
    this.#names = new Map(config.names.map(({ name, do: deed }) => [plainName(name), deed]))
    this.#points = new Map(config.points.map(({ point, do: deed }) => [pointKey(point), deed]))
    this.#patterns = config.patterns.map(({ pattern, do: deed }) => ({ re: RE2JS.compile(pattern), deed }))
    this.#key = createSecretKey(key)
  }

  /** Null: nothing is known against it. */
  deedOf(name: string): Deed | null {
    const plain = plainName(name)
    const own = this.#names.get(plain)
    if (own !== undefined) return own
    const what = classOfName(plain)
    return what === null ? null : this.#classes[what]
  }

  deedAt(point: readonly string[]): Deed | null {
    return this.#points.size === 0 ? null : (this.#points.get(pointKey(point)) ?? null)
  }

  deedOfClass(what: MaskedClass): Deed {
    return this.#classes[what]
  }

  /** One value that is known to be secret. */
  value(text: string, deed: Deed): string {
    if (deed === 'keep' || text === '') return text
    const masked = this.#done(text, deed)
    for (const written of text.includes('%') ? [text, unescaped(text)] : [text])
      if (written.length >= LEAST) this.#secrets.set(written, masked)
    return masked
  }

  /** A text of any kind. */
  text(text: string, depth = DEPTH): string {
    if (text.length < LEAST) return text
    const patterned = this.#patterns.length === 0 ? [] : [...this.#patterned(text)]
    const known = mayHoldSecret(text)
    if (!known && this.#names.size === 0) return changed(text, patterned)
    const changes = patterned
    if (this.#names.size > 0 || mayHoldName(text)) changes.push(...this.#named(text))
    if (known && mayHoldForm(text)) changes.push(...this.#formed(text))
    if (known && depth > 0) changes.push(...this.#escaped(text, depth), ...this.#encoded(text, depth))
    return changed(text, changes)
  }

  /** A text that may quote what was made unreadable since `forget`. */
  quote(text: string): string {
    let masked = this.text(text)
    for (const [secret, instead] of this.#secrets)
      if (masked.includes(secret)) masked = masked.replaceAll(secret, instead)
    return masked
  }

  forget(): void {
    this.#secrets.clear()
  }

  /** What `mask` makes unreadable: to be said again with `recall`. */
  noted(mask: () => void): readonly (readonly [secret: string, instead: string])[] {
    const before = this.#secrets
    this.#secrets = new Map()
    mask()
    const secrets = [...this.#secrets]
    this.#secrets = before
    this.recall(secrets)
    return secrets
  }

  recall(secrets: readonly (readonly [secret: string, instead: string])[]): void {
    for (const [secret, instead] of secrets) this.#secrets.set(secret, instead)
  }

  *#named(text: string): Generator<Change> {
    const wanted = (name: string): boolean => {
      const deed = this.#deedOfSent(name)
      return deed !== null && deed !== 'keep'
    }
    for (const { name, from, to } of pairsIn(text, wanted))
      yield { from, to, text: this.value(text.slice(from, to), this.#deedOfSent(name)!) }
  }

  /** Of a name as it stands in a text. */
  #deedOfSent(name: string): Deed | null {
    return this.deedOf(name.includes('%') ? unescaped(name) : name)
  }

  /** Values with percent escapes may be texts by themselves. */
  *#escaped(text: string, depth: number): Generator<Change> {
    if (!text.includes('%')) return
    for (const match of text.matchAll(/[^&;\s"'<>]{1,65536}/g)) {
      const [segment] = match
      if (!segment.includes('%')) continue
      const from = match.index + segment.indexOf('=') + 1
      const to = match.index + segment.length
      const plain = unescaped(text.slice(from, to))
      const masked = this.text(plain, depth - 1)
      if (masked !== plain) yield { from, to, text: encodeURIComponent(masked) }
    }
  }

  *#formed(text: string): Generator<Change> {
    for (const { from, to, what } of formSpans(text, one => this.#classes[one] !== 'keep'))
      yield { from, to, text: this.value(text.slice(from, to), this.#classes[what]) }
  }

  *#patterned(text: string): Generator<Change> {
    for (const { re, deed } of this.#patterns) {
      const matcher = re.matcher(text)
      while (matcher.find()) {
        const group = matcher.groupCount() > 0 && matcher.start(1) >= 0 ? 1 : 0
        const [from, to] = [matcher.start(group), matcher.end(group)]
        if (to > from) yield { from, to, text: this.value(text.slice(from, to), deed) }
      }
    }
  }

  *#encoded(text: string, depth: number): Generator<Change> {
    for (const match of text.matchAll(TOKEN)) {
      const plain = textInside(match[0])
      if (plain === null || this.text(plain, depth - 1) === plain) continue
      yield { from: match.index, to: match.index + match[0].length, text: this.value(match[0], 'mask') }
    }
  }

  #done(text: string, deed: Exclude<Deed, 'keep'>): string {
    switch (deed) {
      case 'mask':
        return MASK
      case 'drop':
        return ''
      case 'hash':
        return `h:${createHmac('sha256', this.#key).update(text, 'utf8').digest('hex').slice(0, 16)}`
      default:
        return deed satisfies never
    }
  }
}

/** Of what overlaps, the one that begins first counts, and of those that begin together the longest. */
function changed(text: string, changes: Change[]): string {
  if (changes.length === 0) return text
  changes.sort((a, b) => a.from - b.from || b.to - a.to)
  let result = ''
  let at = 0
  for (const { from, to, text: instead } of changes) {
    if (from < at) continue
    result += text.slice(at, from) + instead
    at = to
  }
  return result + text.slice(at)
}

function pointKey(point: readonly string[]): string {
  return point.join('\n').toLowerCase()
}

function unescaped(text: string): string {
  const spaced = text.replaceAll('+', ' ')
  try {
    return decodeURIComponent(spaced)
  } catch {
    return spaced.replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
  }
}

/** Null: it is no base64 of a text. */
function textInside(token: string): string | null {
  const bytes = Buffer.from(token, 'base64')
  let odd = 0
  for (let i = 0; i < bytes.length && i < 256; i++) {
    const byte = bytes[i]!
    if (byte < 9 || (byte > 13 && byte < 32) || byte > 126) odd++
  }
  return odd * 16 > Math.min(256, bytes.length) ? null : bytes.toString('latin1')
}
