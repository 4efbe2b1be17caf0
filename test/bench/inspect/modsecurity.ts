/** libmodsecurity 3 with the Core Rule Set, both as Debian packages them: the program is built when it is needed. */
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Exchange } from '#schemas/records/exchange.ts'

const HEADER = '/usr/include/modsecurity/modsecurity.h'
const SETUP = '/etc/modsecurity/crs/crs-setup.conf'
const RULES = '/usr/share/modsecurity-crs/rules'
const SOURCE = new URL('modsecurity.c', import.meta.url).pathname

export interface Inspected {
  readonly requests: number
  /** By the rules' own score. */
  readonly refused: number
  /** CPU time of one request. */
  readonly ns: number
}

export interface ModSecurity extends Disposable {
  inspect(exchanges: readonly Exchange[], rounds: number): Inspected
}

/** At this paranoia level of the rule set, or why there is none. */
export function openModSecurity(paranoia: number): ModSecurity | { readonly missing: string } {
  if (!existsSync(HEADER) || !existsSync(RULES))
    return { missing: 'libmodsecurity-dev and modsecurity-crs are not installed (npm run setup)' }
  const folder = mkdtempSync(join(tmpdir(), 'tapwire-modsecurity-'))
  const [program, rules] = [join(folder, 'inspect'), join(folder, 'rules.conf')]
  const built = spawnSync('cc', ['-O2', '-o', program, SOURCE, '-lmodsecurity'], { encoding: 'utf8' })
  if (built.status !== 0) {
    rmSync(folder, { recursive: true })
    return { missing: `the program cannot be built: ${built.error?.message ?? built.stderr.split('\n')[0]}` }
  }
  writeFileSync(rules, configuration(paranoia))
  return {
    inspect(exchanges, rounds) {
      const input = Buffer.concat(exchanges.map(encode))
      const { status, stdout, stderr } = spawnSync(program, [rules, String(rounds)], {
        input,
        encoding: 'utf8',
        maxBuffer: 1e8,
      })
      if (status !== 0) throw new Error(`modsecurity: ${stderr}`)
      const [requests = 0, refused = 0, ns = 0] = stdout.trim().split(' ').map(Number)
      return { requests, refused, ns: ns / requests }
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}

/** Requests only, bodies included; JSON and XML are parsed, as the recommended configuration does it. */
function configuration(paranoia: number): string {
  const files = globSync('REQUEST-*.conf', { cwd: RULES }).toSorted()
  return [
    'SecRuleEngine On',
    'SecRequestBodyAccess On',
    'SecResponseBodyAccess Off',
    'SecRequestBodyLimit 134217728',
    'SecRequestBodyNoFilesLimit 134217728',
    'SecAuditEngine Off',
    'SecRule REQUEST_HEADERS:Content-Type "@rx (?i)^(?:application|text)/(?:[a-z]+[+])?xml" "id:1,phase:1,pass,nolog,ctl:requestBodyProcessor=XML"',
    'SecRule REQUEST_HEADERS:Content-Type "@rx (?i)^application/(?:[a-z.]+[+])?json" "id:2,phase:1,pass,nolog,ctl:requestBodyProcessor=JSON"',
    `SecAction "id:3,phase:1,pass,nolog,setvar:tx.paranoia_level=${paranoia}"`,
    ...(existsSync(SETUP) ? [`Include ${SETUP}`] : []),
    ...files.map(file => `Include ${join(RULES, file)}`),
    '',
  ].join('\n')
}

function encode({ request }: Exchange): Buffer {
  const { method, target, headers, content } = request
  const texts = [method, target, ...headers.flat()].map(text => Buffer.from(text)).concat(Buffer.from(content ?? []))
  const length = (n: number): Buffer => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(n)
    return bytes
  }
  return Buffer.concat([length(texts.length), ...texts.flatMap(text => [length(text.length), text])])
}
