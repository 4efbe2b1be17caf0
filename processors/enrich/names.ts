import { z } from 'zod'

/** A header name in configuration as it is written (RFC 9110 §5.1 token). */
export const token = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/, { error: 'not a header name' })

/** A header name, read in lower case. */
export const headerName = token.toLowerCase()
