import type { Exchange } from '#schemas/records/exchange.ts'

/** Where the browser came from: a page of the same people's hosts, of others', or nowhere that it tells. */
export function refererOf({ request, host }: Exchange): 'same' | 'foreign' | 'none' {
  const referer = request.headers.find(([name]) => name.length === 7 && name.toLowerCase() === 'referer')?.[1]
  const from =
    referer === undefined
      ? null
      : /^(?:[a-z][a-z0-9+.-]{0,31}:\/\/(?:[^/?#@\s]{0,256}@)?|(?=[\w-]{1,63}\.))([^/?#:@\s]{1,253})/i.exec(referer)
  if (from === null) return 'none'
  return registrable(from[1]!.toLowerCase()) === registrable(host.toLowerCase()) ? 'same' : 'foreign'
}

/**
 * The part of a host's name that somebody registered, without port: two labels, or three below `co.uk` and the like and where
 * providers give each customer a name. Addresses and names of one label as they are.
 */
function registrable(host: string): string {
  const name = host.replace(/:\d{1,5}$/, '').replace(/\.$/, '')
  if (/^[\d.]+$|[:[\]]/.test(name)) return name
  const labels = name.split('.')
  const shared = SHARED.has(labels.slice(-2).join('.')) || /\.(?:com?|org|net|ac|gov|edu|or|ne)\.[a-z]{2}$/.test(name)
  return labels.slice(shared ? -3 : -2).join('.')
}

/** Domains below which anybody gets a name. */
const SHARED: ReadonlySet<string> = new Set([
  'appspot.com',
  'azurewebsites.net',
  'blogspot.com',
  'cloudfront.net',
  'firebaseapp.com',
  'fly.dev',
  'github.io',
  'gitlab.io',
  'herokuapp.com',
  'netlify.app',
  'ngrok.io',
  'onrender.com',
  'pages.dev',
  'vercel.app',
  'web.app',
  'wordpress.com',
  'workers.dev',
])
