/**
 * Where does a frame begin in the middle of a stream? Where `LINKS` frame headers follow one another, each plausible by
 * itself (`isPlausible`), each where the length of the one before says, and header blocks whole:
 *
 *   HEADERS or PUSH_PROMISE without END_HEADERS ──► CONTINUATION of that stream;    CONTINUATION nowhere else
 *   HEADERS that begin with a pseudo-header of the static table count twice
 *
 * One header is passed by about one in a million random places, so three by none. Only a body that holds frames on purpose
 * looks like that; nobody can tell those from frames.
 */
import { DEFAULT_FRAME, Flag, HEADER, isPlausible, lengthAt, streamAt, Type } from './frame.ts'

const LINKS = 3

/** Headers that follow one another at the end of a direction are enough when the last frame ends with it. */
const LINKS_AT_END = 2

export type Verdict = 'yes' | 'no' | 'more'

/** Is `at` the beginning of a frame, as far as `bytes` tell? At least a header's length must be there for `no`. */
export function chainAt(bytes: Uint8Array, at: number, dir: 0 | 1 | null, ended: boolean): Verdict {
  let open = 0
  let links = 0
  let next = at
  while (next + HEADER <= bytes.length) {
    if (!isPlausible(bytes, next, dir, DEFAULT_FRAME)) return 'no'
    const type = bytes[next + 3]!
    const stream = streamAt(bytes, next + 5)
    if ((type === Type.Continuation) !== (open !== 0) || (open !== 0 && stream !== open)) return 'no'
    const isBlock = type === Type.Headers || type === Type.PushPromise || type === Type.Continuation
    open = isBlock && (bytes[next + 4]! & Flag.EndHeaders) === 0 ? stream : 0
    links += saidBy(bytes, next) === null ? 1 : 2
    if (links >= LINKS) return 'yes'
    next += HEADER + lengthAt(bytes, next)
  }
  if (!ended) return 'more'
  return links >= LINKS_AT_END && next === bytes.length ? 'yes' : 'no'
}

/** Longest prefix in which a frame is looked for to find out whether this is HTTP/2. */
const SEARCHED = 2048

/** What looks like text in its first bytes is a body, or another protocol: nobody waits for more of it. */
const TEXT = 16

/**
 * Do these bytes from the middle of a stream look like frames that this end sends? Frames alone look the same from both ends;
 * header blocks do not. A longer head never takes `yes` or `no` back.
 */
export function joinVerdict(head: Uint8Array, dir: 0 | 1): Verdict {
  if (head.length < TEXT) return 'more'
  for (let at = 0; at < SEARCHED && at + HEADER <= head.length; at++) {
    const verdict = chainAt(head, at, null, false)
    if (verdict === 'yes') return chainBy(head, at) === 1 - dir ? 'no' : 'yes'
    if (verdict === 'more') return 'more'
    if (at === 0 && isText(head)) return 'no'
  }
  return head.length >= SEARCHED + HEADER ? 'no' : 'more'
}

/** Which end sent the chain at `at`, if one of its whole frames tells; null when none does. */
function chainBy(bytes: Uint8Array, at: number): 0 | 1 | null {
  let links = 0
  for (let next = at; links < LINKS - 1 && next + HEADER <= bytes.length; next += HEADER + lengthAt(bytes, next)) {
    const by = saidBy(bytes, next)
    if (by !== null) return by
    links++
  }
  return null
}

/**
 * Which end sent the frame at `at`, if it is HEADERS that begin with a pseudo-header of the static table: 1 to 7 are a
 * request's, 8 to 14 a response's; null when it does not tell, or its payload is not there yet.
 */
function saidBy(bytes: Uint8Array, at: number): 0 | 1 | null {
  if (bytes[at + 3] !== Type.Headers) return null
  const flags = bytes[at + 4]!
  const first =
    bytes[at + HEADER + ((flags & Flag.Padded) !== 0 ? 1 : 0) + ((flags & Flag.Priority) !== 0 ? 5 : 0)] ?? 0
  const index = first >= 0x80 ? first & 0x7f : first >= 0x40 ? first & 0x3f : first & 0xf
  if (index >= 1 && index <= 7) return 0
  return index >= 8 && index <= 14 ? 1 : null
}

function isText(head: Uint8Array): boolean {
  for (let i = 0; i < TEXT; i++) {
    const byte = head[i]!
    if (byte >= 0x7f || (byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13)) return false
  }
  return true
}
