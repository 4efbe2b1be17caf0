import type { Exchange } from '#schemas/records/exchange.ts'

/** `same`: of the host, one below it or above it. `sibling`: another below the same registered name. `none`: it does not tell. */
export type Origin = 'same' | 'sibling' | 'foreign' | 'none'

/** Where the browser came from. */
export function refererOf({ request, host }: Exchange): Origin {
  const referer = request.headers.find(([name]) => name.length === 7 && name.toLowerCase() === 'referer')?.[1]
  const from =
    referer === undefined
      ? null
      : /^(?:[a-z][a-z0-9+.-]{0,31}:\/\/(?:[^/?#@\s]{0,256}@)?|(?=[\w-]{1,63}\.))([^/?#:@\s]{1,253})/i.exec(referer)
  if (from === null) return 'none'
  const there = hostName(from[1]!)
  const here = hostName(host)
  if (registrable(there) !== registrable(here)) return 'foreign'
  return there === here || there.endsWith(`.${here}`) || here.endsWith(`.${there}`) ? 'same' : 'sibling'
}

/** Without port, and without `www`. */
function hostName(host: string): string {
  return host
    .toLowerCase()
    .replace(/:\d{1,5}$/, '')
    .replace(/\.$/, '')
    .replace(/^www\./, '')
}

/**
 * The part of a host's name that somebody registered: two labels, or three below `co.uk` and the like and where
 * providers give each customer a name. Addresses and names of one label as they are.
 */
function registrable(name: string): string {
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
