import type { Exchange } from '#schemas/records/exchange.ts'

/** The request's content type with its parameters, in lower case; empty when there is none. */
export function contentType({ request }: Exchange): string {
  for (const [name, value] of request.headers) {
    if (name.length === 12 && name.toLowerCase() === 'content-type') return value.toLowerCase()
  }
  return ''
}
