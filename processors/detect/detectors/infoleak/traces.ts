/** Stack traces and pages of debuggers: they tell an attacker paths, versions and what a payload did. */
import { ERROR_MESSAGE, type Leak, type Probe } from './leak.ts'
import { isTold } from './scene.ts'

const RULE = 'infoleak.stack-trace'

interface Trace {
  readonly language: string
  readonly needles: readonly string[]
  readonly frame: RegExp
  /** Frames that prove it. */
  readonly frames: number
}

const TRACES: readonly Trace[] = [
  {
    language: 'Java',
    needles: [
      '.java:',
      '.java)',
      '.kt:',
      '.kt)',
      '.scala:',
      '.scala)',
      '.groovy:',
      '.groovy)',
      '.clj:',
      '.clj)',
      '(native method)',
      '(unknown source)',
    ],
    frame:
      /\bat (?:[\w$<>/@.-]{1,200})\((?:[\w$-]{1,100}\.(?:java|kt|scala|groovy|clj)(?::\d{1,6})?|native method|unknown source)\)/g,
    frames: 2,
  },
  {
    language: '.NET',
    needles: [':line '],
    frame: /\bat [\w.<>`[\]+]{3,200}\([^)\n]{0,300}\) in (?:[a-z]:\\|\/)[^:\n]{1,260}:line \d{1,6}/g,
    frames: 1,
  },
  {
    language: '.NET',
    needles: ['at system.', 'at microsoft.'],
    frame: /\bat (?:system|microsoft)\.[\w.<>`[\]+]{3,200}\([^)\n]{0,300}\)/g,
    frames: 2,
  },
  {
    language: 'Python',
    needles: ['traceback (most recent'],
    frame:
      /traceback \(most recent call last\):?\s{0,16}(?:<[^>\n]{1,64}>\s{0,8}){0,4}file (?:"|&quot;|\\")[^"\n&]{1,260}(?:"|&quot;|\\"), line \d{1,6}/g,
    frames: 1,
  },
  {
    language: 'PHP',
    needles: [
      '.php on line ',
      '.php</b> on line',
      '.inc on line ',
      '.inc</b> on line',
      '.phtml on line ',
      '.phtml</b> on line',
      '.module on line ',
      '.php:',
      '.inc:',
      '.phtml:',
      '.php5 on line ',
      '.php7 on line ',
      '.module:',
      '.module</b> on line',
    ],
    frame:
      /(?:fatal error|parse error|warning|notice|deprecated|strict standards|exception)(?:<\/b>)?:\s{1,4}[^\n]{1,300}? in (?:<b>)?(?:\/|[a-z]:\\)[^\n<>]{1,260}?\.(?:php[57]?|inc|phtml|module)(?:<\/b>)?(?: on line (?:<b>)?\d{1,6}|:\d{1,6})/g,
    frames: 1,
  },
  {
    language: 'PHP',
    needles: ['.php(', '.php5(', '.php7(', '.inc(', '.phtml('],
    frame: /#\d{1,3} (?:\/|[a-z]:\\)[^\n]{1,260}?\.(?:php[57]?|inc|phtml)\(\d{1,6}\): /g,
    frames: 1,
  },
  {
    language: 'Node.js',
    needles: ['.js:', '.ts:', '.cjs:', '.mjs:', '.jsx:', '.tsx:', 'node:'],
    frame:
      /\bat (?:(?:async |new )?[\w$.<>[\] ]{1,120} \()?(?:file:\/\/)?(?:(?:\/|[a-z]:\\)[^\s()]{1,260}\.[cm]?[jt]sx?|node:[\w/]{1,80}):\d{1,6}:\d{1,6}\b/g,
    frames: 2,
  },
  {
    language: 'Ruby',
    needles: ['.rb:', '.erb:', '.rake:'],
    frame: /(?:\/|[a-z]:)[\w./@+-]{1,260}\.(?:rb|erb|rake):\d{1,6}:in (?:[`'‘]|&#39;|&#x27;|block|<)/g,
    frames: 1,
  },
  { language: 'Go', needles: ['goroutine '], frame: /goroutine \d{1,9} \[[a-z ,\d]{1,40}\]:/g, frames: 1 },
  { language: 'Go', needles: ['.go:'], frame: /\n\s{1,8}\/[\w./@+-]{1,260}\.go:\d{1,6} \+0x[0-9a-f]{1,8}/g, frames: 1 },
  {
    language: 'Rust',
    needles: [' panicked at '],
    frame: /thread '[\w<> -]{1,64}' (?:\(\d{1,9}\) )?panicked at /g,
    frames: 1,
  },
  {
    language: 'Elixir',
    needles: ['.ex:', '.exs:'],
    frame: /\(\w{1,40} [\d.]{3,20}\) (?:lib|web)\/[\w./]{1,200}\.exs?:\d{1,6}: /g,
    frames: 2,
  },
  { language: 'ColdFusion', needles: ['coldfusion.'], frame: /coldfusion\.[\w.$]{3,120}exception/g, frames: 1 },
]

/** Marks of pages that a framework shows developers. */
const PAGES: readonly (readonly [mark: string, product: string])[] = [
  ['// werkzeug debugger', 'the Werkzeug debugger'],
  ['<title>werkzeug debugger', 'the Werkzeug debugger'],
  ['debug = true</code>', 'the debug page of Django'],
  ['<title>action controller: exception caught', 'the debug page of Rails'],
  ['better_errors', 'the debug page of Rails'],
  ["server error in '/", 'the error page of ASP.NET with details'],
  ['<b> stack trace: </b>', 'the error page of ASP.NET with details'],
  ['whoops! there was an error', 'the debug page of Laravel'],
  ['window.ignite', 'the debug page of Laravel'],
  ['_ignition/health-check', 'the debug page of Laravel'],
  ['symfony exception', 'the debug page of Symfony'],
  ['<title>phpdebugbar', 'the debug bar of PHP'],
  ['base\\errorexception', 'the debug page of Yii'],
  ['play.api.', 'the debug page of Play'],
  ['web developer tools | grails', 'the debug page of Grails'],
]

const PAGE_PROBES: readonly Probe[] = PAGES.map(([mark, product]) => ({
  rule: RULE,
  needles: [mark],
  find: (text, lower, scene) =>
    scene.status >= 400 && !scene.isJson ? leakOf(text, lower.indexOf(mark), `shows ${product}`, mark) : null,
}))

const FRAME_PROBES: readonly Probe[] = TRACES.map(({ language, needles, frame, frames }) => ({
  rule: RULE,
  needles,
  find(text, lower, scene) {
    const matches = lower.matchAll(frame)
    const first = matches.next().value
    if (first === undefined || !isTold(scene, lower, first.index)) return null
    // A list of frames has one in each item.
    const wanted = /^(?:stack|trace)/.test(scene.name) ? 1 : frames
    let found = 1
    while (found < wanted && !matches.next().done) found++
    return found < wanted ? null : leakOf(text, first.index, `holds a stack trace of ${language}`, first[0])
  },
}))

export const TRACE_PROBES: readonly Probe[] = [...PAGE_PROBES, ...FRAME_PROBES]

function leakOf(text: string, at: number, what: string, shows: string): Leak {
  return {
    rule: RULE,
    severity: 'medium',
    at,
    evidence: text.slice(at),
    why: `The response ${what}, which tells paths and versions, and what a payload did.`,
    shows: shows.slice(0, 256),
    cwe: ERROR_MESSAGE,
  }
}
