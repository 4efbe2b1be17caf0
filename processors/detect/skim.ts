/**
 * A test that most bodies of responses fail, several times faster than the sieve: could any needle be in these bytes? Of each
 * needle it looks for a window of four characters, the rarest it has, and after Wu and Manber (1994) it looks at the last two characters
 * of where a window could be: mostly they are in no window, and the next three places are skipped.
 */

/** Length of a window. */
const WINDOW = 4
/** Places that can be skipped when two characters are in no window. */
const FAR = WINDOW - 1

/** Characters of ordinary bodies, the most frequent first; what is not listed is rarer. */
const FREQUENT = ` etaoinsrl"dcu:,hm/p<>=gf0.yb12-{}3vw4k5;`

export class Skim {
  /** By byte: letters in either case are one class, blanks and the plus sign are, and all that is in no window is 0. */
  readonly #classes = new Uint8Array(256)
  /** By two bytes: places to the next possible end of a window; 0 where one may end. */
  readonly #shifts = new Uint8Array(0x10000).fill(FAR)
  readonly #windows: ReadonlySet<number>
  /** A needle is shorter than a window: no body can be ruled out. */
  readonly #always: boolean

  /** Needles as those of the sieve. */
  constructor(needles: readonly string[]) {
    this.#always = needles.some(needle => needle.length < WINDOW)
    const windows = windowsOf(needles.filter(needle => needle.length >= WINDOW))
    const classes = this.#fold(windows)
    const folded = windows.map(window => Buffer.from(window, 'latin1').map(byte => this.#classes[byte]!))
    this.#windows = new Set(folded.map(window => keyOf(window[0]!, window[1]!, window[2]!, window[3]!)))
    const shifts = new Uint8Array(classes * classes).fill(FAR)
    for (const window of folded) {
      for (let end = 1; end < WINDOW; end++) {
        const pair = window[end - 1]! * classes + window[end]!
        shifts[pair] = Math.min(shifts[pair]!, FAR - end)
      }
    }
    for (let pair = 0; pair < 0x10000; pair++) {
      this.#shifts[pair] = shifts[this.#classes[pair >> 8]! * classes + this.#classes[pair & 0xff]!]!
    }
  }

  /** False: no needle is in the text that the bytes are, whatever extension of ASCII its charset is. */
  may(bytes: Uint8Array): boolean {
    if (this.#always) return true
    const shifts = this.#shifts
    const length = bytes.length
    for (let i = FAR; i < length; ) {
      const shift = shifts[(bytes[i - 1]! << 8) | bytes[i]!]!
      if (shift !== 0) i += shift
      else if (this.#isWindow(bytes, i)) return true
      else i++
    }
    return false
  }

  #isWindow(bytes: Uint8Array, end: number): boolean {
    const classes = this.#classes
    const a = classes[bytes[end - 3]!]!
    const b = classes[bytes[end - 2]!]!
    return this.#windows.has(keyOf(a, b, classes[bytes[end - 1]!]!, classes[bytes[end]!]!))
  }

  /** The number of classes. */
  #fold(windows: readonly string[]): number {
    let classes = 1
    for (const char of windows.join('')) {
      const c = char.charCodeAt(0)
      if (this.#classes[c] !== 0) continue
      if (char === ' ') for (const blank of [9, 10, 11, 12, 13, 32, 43]) this.#classes[blank] = classes
      this.#classes[c] = classes
      if (c >= 97 && c <= 122) this.#classes[c - 32] = classes
      classes++
    }
    return classes
  }
}

/** Of four classes. */
function keyOf(a: number, b: number, c: number, d: number): number {
  return (a << 24) | (b << 16) | (c << 8) | d
}

/** For each needle one of its windows: one that another needle has already, or the rarest. The fewer there are, the more is skipped. */
function windowsOf(needles: readonly string[]): readonly string[] {
  const windows = new Set<string>()
  for (const needle of needles.toSorted((a, b) => a.length - b.length)) {
    const own = Array.from({ length: needle.length - WINDOW + 1 }, (_, from) => needle.slice(from, from + WINDOW))
    const rarest = own.reduce((best, window) => (cost(window) < cost(best) ? window : best))
    const shared = own.find(window => windows.has(window) && cost(window) < cost(rarest) + SHARED)
    windows.add(shared ?? rarest)
  }
  return [...windows]
}

/** What sharing a window is worth. */
const SHARED = 60

/** The last two characters are looked at first: they count double. */
function cost(window: string): number {
  return frequency(window) + frequency(window.slice(2))
}

function frequency(text: string): number {
  let sum = 0
  for (const char of text) sum += FREQUENT.includes(char) ? FREQUENT.length - FREQUENT.indexOf(char) : 0
  return sum
}
