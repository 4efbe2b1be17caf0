/** A media type (RFC 9110 §8.3.1) that names a second one: who reads the header to its end parses the body differently. */

const TYPE = /^[a-z]{3,20}\/[a-z0-9*][a-z0-9.+*-]{0,80}$/
const REGISTERED = /^(?:application|audio|font|image|message|model|multipart|text|video)\//

/** Parameters whose value is a media type by definition: multipart/related, /signed, /report, SOAP with attachments. */
const TYPED: ReadonlySet<string> = new Set(['type', 'start-info', 'protocol', 'report-type', 'profile', 'version'])

/** The second media type in a lower-case Content-Type; null when there is none. */
export function secondMediaType(lower: string): string | null {
  const [main = '', ...parameters] = lower.slice(0, 1024).split(';')
  for (const parameter of parameters) {
    const equals = parameter.indexOf('=')
    const name = parameter.slice(0, Math.max(0, equals)).trim()
    const value = unquoted(parameter.slice(equals + 1).trim())
    if (TYPED.has(name) || !TYPE.test(value)) continue
    // A boundary may hold any slash: only the types that exist are more than chance, or a boundary where there are no parts.
    if (REGISTERED.test(value) || (name === 'boundary' && !main.trim().startsWith('multipart/'))) return value
  }
  return null
}

function unquoted(text: string): string {
  return /^(["']).*\1$/.test(text) ? text.slice(1, -1).trim() : text
}
