const LONGEST = 120

/** Text from the wire on a terminal: no control characters (they could forge or hide output), no flood. */
export function printable(text: string): string {
  const clean = text.replace(
    /[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    char => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
  return clean.length > LONGEST ? `${clean.slice(0, LONGEST - 3)}...` : clean
}
