/** Source code and settings that a server should have run, and sent instead. */
import { type Leak, type Probe, SOURCE_CODE } from './leak.ts'
import { isQuoted } from './scene.ts'

const SHAPES: readonly (readonly [language: string, needles: readonly string[], shape: RegExp])[] = [
  ['PHP', ['<?php', '<?=$', '<?= $'], /<\?php[\s/]|<\?=\s?\$/],
  [
    'ASP.NET',
    directives('page', 'control', 'master', 'webhandler', 'webservice', 'application'),
    /<%@ ?(?:page|control|master|webhandler|webservice|application)\s{1,4}[^%]{0,200}(?:language|inherits|codebehind|class)=/,
  ],
  [
    'JSP',
    directives('page', 'taglib', 'include'),
    /<%@ ?(?:page|taglib|include)\s{1,4}[^%]{0,200}(?:import|contenttype|uri|file|language)=/,
  ],
  [
    'ASP',
    ['<% dim ', '<% set ', '<% option explicit', '<% response.', '<% if request'],
    /<%\s(?:dim |set \w{1,32}\s{0,4}=|option explicit|response\.|if request)/,
  ],
  [
    'a PHP configuration',
    ["'db_password'", '"db_password"', "'auth_key'", '"auth_key"', "'secure_auth_key'", '"secure_auth_key"'],
    /define\(\s{0,4}['"](?:db_password|auth_key|secure_auth_key)['"]\s{0,4},/,
  ],
  ['an ASP.NET configuration', ['<machinekey'], /<machinekey\s[^>]{0,160}validationkey="[0-9a-f]{20}/],
  ['an ASP.NET configuration', ['<connectionstrings>'], /<connectionstrings>\s{0,64}<add\s/],
  ['a Java web application', ['<servlet-class>'], /<servlet-class>[\w.$\s]{1,200}<\/servlet-class>/],
]

function directives(...names: readonly string[]): readonly string[] {
  return names.flatMap(name => [`<%@ ${name}`, `<%@${name}`])
}

const SHAPE_PROBES: readonly Probe[] = SHAPES.map(([language, needles, shape]) => ({
  rule: 'infoleak.source-code',
  needles,
  find(text, lower, scene) {
    const found = scene.isJson ? null : shape.exec(lower)
    if (found === null || isShown(lower, found.index)) return null
    const what = `source code or settings of ${language}`
    return leakOf('infoleak.source-code', found.index, text.slice(found.index), what, found[0])
  },
}))

/** Settings that hold secrets: `KEY=value` lines of an environment file. */
const ENV_LINE = /^(?:export )?([a-z][a-z0-9_]{1,63})=(.{0,512})$/
const ENV_SECRET = /(?:password|passwd|secret|api_?key|access_key|private_key|app_key|_token|_dsn|database_url)/

const ENV_NEEDLES = [
  'db_password=',
  'app_key=',
  'db_host=',
  'mail_password=',
  '_secret=',
  'secret_key=',
  'secret_key_base=',
  'database_url=',
  'api_key=',
  '_password=',
  '_access_key=',
]

const ENV_PROBE: Probe = {
  rule: 'infoleak.secret',
  needles: ENV_NEEDLES,
  find: (_text, lower, scene) => (scene.isJson ? null : envFile(lower)),
}

export const SOURCE_PROBES: readonly Probe[] = [...SHAPE_PROBES, ENV_PROBE]

/** In the text of a page code is escaped; in script and comments it may stand as it is. */
function isShown(lower: string, at: number): boolean {
  if (isQuoted(lower, at)) return true
  const before = lower.slice(0, at)
  return before.lastIndexOf('<script') > before.lastIndexOf('</script') || /["'`]$/.test(before)
}

/** At least three such lines and no other, one of them a secret that is not empty. */
function envFile(lower: string): Leak | null {
  let settings = 0
  let secret: string | null = null
  let at = 0
  for (const line of lower.slice(0, 16_384).split('\n', 200)) {
    const found = ENV_LINE.exec(line.trimEnd())
    if (found !== null) {
      settings++
      if (secret === null && ENV_SECRET.test(found[1]!) && isSet(found[2]!)) secret = found[1]!
    } else if (!/^\s*(?:#.*|;.*|\[[\w ]{1,64}\])?\s*$/.test(line)) return null
    if (secret === null) at += line.length + 1
  }
  if (settings < 3 || secret === null) return null
  return leakOf(
    'infoleak.secret',
    at,
    `${secret}=***`,
    'a file of environment variables with secrets',
    `${settings} settings, ${secret}=***`,
  )
}

function isSet(value: string): boolean {
  const plain = value.replace(/^["']|["']$/g, '')
  return (
    plain.length >= 4 &&
    !/^(?:null|none|true|false|<.*|\$\{.*|your.*|changeme|xxx+|\*+|example.*|secret|password)$/.test(plain)
  )
}

function leakOf(rule: string, at: number, evidence: string, what: string, shows: string): Leak {
  return {
    rule,
    severity: rule === 'infoleak.secret' ? 'critical' : 'high',
    at,
    evidence,
    why: `The response holds ${what}.`,
    shows: shows.slice(0, 256),
    cwe: SOURCE_CODE,
  }
}
