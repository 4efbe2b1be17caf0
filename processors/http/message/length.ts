/** How long a body is: bytes, or one of these constants. */
export type BodyLength = number
export const CHUNKED = -1
export const UNTIL_CLOSE = -2
export const UNTIL_NEXT = -3
