/** Pages and answers of web shells: somebody got in. */
import { COMMAND, type Probe } from './leak.ts'
import { isQuoted } from './scene.ts'

const PAGES: readonly (readonly [needle: string, shape: RegExp])[] = [
  ['c99shell', /<title>[^<]{0,100}c99shell|!c99shell v/],
  ['r57shell', /<title>[^<]{0,60}r57shell|r57shell [\d.]{1,6}/],
  ['b374k', /<title>[^<]{0,60}b374k|name=['"]?b374k/],
  ['wso 2', /<title>(?:[^<]{0,80}- )?wso 2[\d.]{0,5}</],
  ['filesman', /onclick=["']g\('filesman'|name=a value=["']?filesman/],
  ['p0wny', /p0wny@shell:|<title>p0wny/],
  ['indoxploit', /<title>[^<]{0,60}indoxploit/],
  ['alfa team', /<title>[^<]{0,60}alfa team|~ alfa team shell/],
  ['anonymousfox', /<title>[^<]{0,60}anonymousfox/],
  ['aspxspy', /<title>[^<]{0,60}aspxspy|aspxspy ver/],
  ['jspspy', /<title>[^<]{0,60}jspspy/],
  ['web shell by ', /<title>[^<]{0,60}web shell by /],
  ['phpspy', /<title>[^<]{0,60}phpspy/],
  ['angel shell', /<title>[^<]{0,60}angel shell/],
  ['mini shell', /<title>[^<]{0,60}mini shell/],
  ['gel4y', /<title>[^<]{0,60}gel4y/],
  ['leaf phpmailer', /<title>[^<]{0,60}leaf phpmailer/],
  ['shell uploader', /<title>[^<]{0,60}shell uploader/],
]

export const SHELL_PROBES: readonly Probe[] = PAGES.map(([needle, shape]) => ({
  rule: 'webshell.response',
  needles: [needle],
  find(text, lower) {
    const found = shape.exec(lower)
    if (found === null || isQuoted(lower, found.index)) return null
    return {
      rule: 'webshell.response',
      attack: 'webshell',
      severity: 'critical',
      at: found.index,
      evidence: text.slice(found.index),
      why: 'The response is the page or the answer of a known web shell: somebody has control of the server.',
      shows: found[0].slice(0, 256),
      cwe: COMMAND,
    }
  },
}))
