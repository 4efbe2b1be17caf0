import type { Exchange } from '#schemas/records/exchange.ts'

/** Where the browser came from: a page of the same host, of another one, or nowhere that it tells. */
export function refererOf({ request, host }: Exchange): 'same' | 'foreign' | 'none' {
  const referer = request.headers.find(([name]) => name.length === 7 && name.toLowerCase() === 'referer')?.[1]
  const from =
    referer === undefined
      ? null
      : /^(?:[a-z][a-z0-9+.-]{0,31}:\/\/(?:[^/?#@\s]{0,256}@)?|(?=[\w-]{1,63}\.))([^/?#:@\s]{1,253})/i.exec(referer)
  if (from === null) return 'none'
  return hostName(from[1]!.toLowerCase()) === hostName(host) ? 'same' : 'foreign'
}

/** Without port, and without `www`: the same people's. */
function hostName(host: string): string {
  return host.replace(/:\d{1,5}$/, '').replace(/^www\./, '')
}
