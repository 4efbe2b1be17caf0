/**
 * What a detector and a decoder folder of `processors/detect` export by default.
 *
 * The stage looks at a request region by region (target, each header, body). One pass of the sieve over the raw region
 * says which detectors could find something in it, and whether a decoder could bring something to light. A region for
 * which both answers are no is never taken apart, and that is nearly all of ordinary traffic. Hence two laws:
 *
 *  A. A decoder yields only pieces of its input, letter by letter (whitespace and `+` count as equal), unless one of its
 *     `wakes` occurs in the input. Pieces begin and end at characters that are no letter, digit or underscore.
 *  B. A needle holds no comma: values of one name are joined with it (`pollution`).
 */
import type { Attack, Severity } from '#schemas/records/detection.ts'
import type { Exchange } from '#schemas/records/exchange.ts'

/** A value at a point of a request: text after all decoders named in the point. */
export interface Value {
  readonly point: readonly string[]
  readonly text: string
}

export interface Finding {
  /** `<attack>.<what>` */
  readonly rule: string
  readonly severity: Severity
  /** The part of the value that shows it; cut by the stage. */
  readonly evidence: string
  /** In one sentence. */
  readonly why: string
  /** Index in the value's text at which the evidence begins. Absent where it is not a part of it. */
  readonly at?: number
  /** What was recognised, for `rules explain`: the tokens or the expression that matched. At most 256 characters. */
  readonly shows?: string
  /** What would have made the value harmless, in one sentence, for `rules explain`. */
  readonly unless?: string
  /** Where it is not that of the detector. */
  readonly attack?: Attack
  /** CWE number, where the attack's own (`schemas/records/taxonomy.ts`) is not the best one. */
  readonly cwe?: number
  /** `<name>@<hash>` of the rule pack it comes from. Absent: built in. */
  readonly pack?: string
}

/**
 * Laws
 *  1. Pure, and linear in the length of the value: no regular expression with nested or adjacent ambiguous repeats.
 *  2. At most one finding per rule and value.
 *  3. One of `literals` or `words` occurs in every value that it can find something in, or its name is one of `names`.
 *     Needles are lower case and at least two characters long; letters match in either case, a space matches any whitespace
 *     or a plus sign.
 *  4. Needles are rare in ordinary traffic: each occurrence costs a call of `inspect`.
 */
export interface DetectorSpec {
  /** Folder name. */
  readonly id: string
  readonly attack: Attack
  /** Needles that match anywhere. */
  readonly literals: readonly string[]
  /** Needles that match between characters that are no ASCII letter, digit or underscore. */
  readonly words: readonly string[]
  /**
   * Names (lower case, whole) of values that it looks at whatever they hold, also when a decoder takes them apart: the last
   * element of the point.
   */
  readonly names?: readonly string[]
  /**
   * One of `literals` occurs in the region wherever a value of such a name is of interest: the names alone wake nothing. They are
   * no names of cookies.
   */
  readonly quietNames?: true
  /** Whose values it looks at. Default: `request`. Needles for responses are best four characters or longer: see `responses.ts`. */
  readonly side?: 'request' | 'response'
  /**
   * The same detector with settings: those that the stage's configuration has under its id (`detectors.<id>`). Absent: it has
   * none. Throws on what its schema refuses.
   */
  configured?(settings: unknown): DetectorSpec
  /** `lower` is value.text in lower case, computed once for all detectors. */
  inspect(value: Value, lower: string, exchange: Exchange, report: (finding: Finding) => void): void
}

/**
 * What became of a text that was handed to a decoder.
 *  - `whole`: what was yielded stands for all of it; the text itself is not inspected.
 *  - `part`: the text itself is to be inspected as well.
 *  - `too-deep`: nested deeper than `limits.nesting`; decoding stopped there. A data bomb.
 *  - `too-large`: it becomes larger than any request needs; decoding stopped there. A data bomb.
 *  - `spent`: it becomes more than `limits.chars`; nothing of it was yielded.
 *  - `too-many`: it has more than `limits.values` names or parts; decoding stopped there. A data bomb.
 */
export type Decoded = 'whole' | 'part' | 'too-deep' | 'too-large' | 'spent' | 'too-many'

/** Takes the point elements to append (copied if kept) and the decoded text. False: the budget is spent, stop. */
export type Yield = (suffix: readonly string[], text: string) => boolean

/** Takes what the structure shows by itself, whatever its values hold, e.g. a part that servers would name differently. */
export type Note = (finding: Finding & { readonly attack: Attack }) => void

export interface Wakes {
  /** One of these characters occurs. */
  readonly chars?: string
  /** One of these needles (as those of a detector) occurs. */
  readonly literals?: readonly string[]
  /** One of these words (as those of a detector) occurs. */
  readonly words?: readonly string[]
  /** The text begins with one of these; of bytes, a character for each. Below U+0100. */
  readonly starts?: readonly string[]
  /** A token occurs that promises text, or bytes of a known format, in base64, or text in hexadecimal digits. */
  readonly token?: 'base64' | 'hex'
}

/**
 * Recursive: the stage applies every decoder whose `fits` says yes to every value, within bounds of depth, count and
 * characters.
 *
 * Laws
 *  1. Pure, linear in the length of the text, and never throws.
 *  2. Keeps no more than its input and its output in memory.
 */
export interface DecoderSpec {
  /** Folder name. */
  readonly name: string
  /** Its text is a container: when it fits, no other decoder is applied to the text, only to its parts. */
  readonly container?: true
  /** Each call costs much more than its input is long: there are at most `maxDear` calls of such decoders for one exchange. */
  readonly dear?: true
  /**
   * No container, and yet it may yield something when it was not woken, such as blanks for plus signs: it is asked whenever a
   * detector will look at the text.
   */
  readonly unwoken?: true
  /** It takes apart what servers answer, too. There it is not woken: see `processors/detect/responses.ts`. */
  readonly responses?: true
  /** When it may yield what does not stand in its input letter by letter (law A). */
  readonly wakes: Wakes
  /** Cheap test whether decoding could change or take apart this text. */
  fits(text: string, point: readonly string[], exchange: Exchange): boolean
  decode(
    text: string,
    point: readonly string[],
    limits: DecoderLimits,
    out: Yield,
    note: Note,
    exchange: Exchange,
  ): Decoded
  /**
   * For text in which nothing is of interest to a detector: could it still be a bomb, or hold what does not show in it?
   * Linear and cheap (no allocation).
   */
  crowded?(text: string, limits: DecoderLimits): boolean
}

export interface DecoderLimits {
  /** Deepest nesting inside one decoder (JSON). */
  readonly nesting: number
  /** Most values that are taken from one exchange. */
  readonly values: number
  /** Characters that may still be produced from this exchange. Absent: nobody counts. */
  readonly chars?: number
}
