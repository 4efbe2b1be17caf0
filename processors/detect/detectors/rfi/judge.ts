/** Whether a URL is meant to be loaded as code. */
import { addressOf, type Url } from '../../text/url.ts'
import { isIncluded, mayBeIncluded } from './names.ts'

export interface Verdict {
  readonly rule: string
  readonly why: string
  readonly shows: string
}

const WEB: ReadonlySet<string | null> = new Set(['http', 'https', 'ftp', 'ftps'])

/** Files that a server hands out as text, and that an including page runs. */
const SCRIPT =
  /\.(?:php[3-8]?|phtml|pht|phps|inc|txt|text|asp|aspx|jsp|cgi|pl|py|sh|dat|log|htm|html|gif|jpg|jpeg|png)$/

/** Those of them that nobody links to from a parameter with a file name. */
const CODE = /\.(?:php[3-8]?|phtml|pht|phps|inc|txt|asp|aspx|jsp|cgi|pl|py|sh|dat|log)$/

const SHELLS =
  /(?:^|[/_-])(?:c99|r57|b374k|wso|webshell|(?:[a-z0-9]{1,12}[_-])?(?:shell|cmd|backdoor|rfi|phpinfo))[a-z0-9_-]{0,12}\.(?:php\d?|phtml|txt|inc|aspx?|jsp|gif|jpe?g|png|pl|py|cgi|dat)$/

/** `field` is lower case. */
export function judgeUrl(url: Url, field: string, own: string, hasNul: boolean): Verdict | null {
  if (!WEB.has(url.scheme) || url.host === own || url.host === '') return null
  const { path, tail } = partsOf(url.rest.toLowerCase())
  const cut = hasNul || CUTS.test(tail)
  const shows = `${url.scheme}://${url.host} in ${field || 'the value'}`
  if (isIncluded(field))
    return {
      rule: 'rfi.include',
      shows,
      why: `The field ${field} says where code lies, and a URL there is loaded as code.`,
    }
  if (SHELLS.test(path))
    return { rule: 'rfi.shell', shows: `${shows}: ${path.slice(-40)}`, why: 'The URL is that of a web shell.' }
  if (cut && SCRIPT.test(path))
    return {
      rule: 'rfi.cut-off',
      shows: `${path.slice(-40)}, then ? or NUL`,
      why: 'The URL of a script ends so that what an including page appends to it counts for nothing.',
    }
  const isAddress = addressOf(url) !== null
  if (isAddress && (CODE.test(path) || (cut && path.length > 1)))
    return { rule: 'rfi.address', shows, why: 'The URL of a script names its server by address, as an attacker does.' }
  if (
    mayBeIncluded(field) &&
    /\.(?:txt|inc|dat|log|phtml)$/.test(path) &&
    !/(?:robots|humans|ads|llms|security)\.txt$/.test(path)
  )
    return {
      rule: 'rfi.file',
      shows,
      why: `The field ${field} chooses a file, and the URL is that of a script served as text.`,
    }
  return null
}

/** What cuts off whatever is appended: ? or NUL at the end, or parameters that a shell takes. */
const CUTS = /^(?:\?+&?|%00.*|%3f|\?(?:cmd|c|exec|command)=[^&]{0,64}&?)$/s

function partsOf(rest: string): { readonly path: string; readonly tail: string } {
  const found = rest.search(/[?#]|%00|%3f/)
  const end = found < 0 ? rest.length : found
  return { path: rest.slice(0, end), tail: rest.slice(end, end + 128) }
}

/** Streams of PHP that run commands, list or read archives; php://, data:// and phar:// are judged with PHP's code. */
const STREAM = /^\s{0,8}(expect|ogg|rar|glob|ssh2\.(?:shell|exec|tunnel|sftp|scp)|(?:compress\.)?(?:zlib|bzip2)):\/\/\S/

export function judgeStream(lower: string): Verdict | null {
  const name = STREAM.exec(lower.slice(0, 64))?.[1]
  if (name === undefined) return null
  return { rule: 'rfi.stream', shows: `${name}://`, why: `PHP opens ${name}:// as a stream wherever it opens a file.` }
}
