import type { DetectorSpec, Finding } from '#schemas/contracts/detector.ts'
import { mannerAt } from '../../text/manner.ts'
import { isUploadName } from '../../text/upload.ts'
import { type Call, callbackOf, callsIn } from './calls.ts'
import { dataUrlAt, uploadOf, wrapperAt } from './files.ts'
import { isShort } from './functions.ts'
import { NEEDLES } from './needles.ts'
import { assignedSetting } from './settings.ts'
import { NAMED_SUPERGLOBAL, openTagOf } from './tags.ts'
import { WHOLE_NEEDLES, wholeOf } from './whole.ts'

/** PHP that a server would run: code, calls, wrappers, directives, uploads. */
export default {
  id: 'php',
  attack: 'rce',
  literals: [...new Set([...NEEDLES, ...WHOLE_NEEDLES])],
  words: ['<?'],
  inspect({ point, text }, lower, _exchange, report) {
    const say = (rule: string, severity: Finding['severity'], at: number, shows: string, why: string, unless: string) =>
      report({ rule, severity, at, evidence: text.slice(at, at + 240), shows: shows.slice(0, 256), why, unless })
    if (isUploadName(point)) {
      const upload = uploadOf(lower)
      if (upload !== null)
        say(
          upload.rule,
          'high',
          0,
          'name of an uploaded file',
          `The name of an uploaded file is that of ${upload.what}.`,
          'The name ends in an extension that servers only deliver.',
        )
      return
    }
    const manner = mannerAt(point, text)
    const calls = callsIn(lower, manner)
    const tag = openTagOf(lower)
    if (
      tag !== null &&
      (manner === 'terse' || tag.at === 0 || point.at(-1) === 'file' || (calls.length > 0 && manner === 'listing'))
    )
      say(
        'rce.php-tag',
        'high',
        tag.at,
        'open tag of PHP',
        'The value holds a tag behind which a server that includes it runs PHP.',
        'The angle bracket is written as &lt;, as in a page about PHP.',
      )
    for (const { rule, at, end, shows } of calls) {
      const [severity, why, unless] = CALLS[rule]
      report({
        rule,
        severity,
        at,
        evidence: text.slice(at, Math.min(end + 80, at + 240)),
        shows: shows.slice(0, 256),
        why,
        unless,
      })
    }
    const named = manner === 'terse' && calls.length === 0 ? NAMED_SUPERGLOBAL.exec(lower) : null
    if (named !== null)
      say(
        'rce.php-superglobal',
        'high',
        named.index,
        named[0],
        CALLS['rce.php-superglobal'][1],
        CALLS['rce.php-superglobal'][2],
      )
    if (tag !== null || calls.length > 0 || named !== null) return
    const single = manner === 'terse' && !isDocumentLeaf(point) ? singleCall(lower) : null
    if (single !== null)
      say(
        'rce.php-call',
        'high',
        0,
        `${single}, called`,
        'The value is one call of a function that runs what it is given.',
        CALLS['rce.php-call'][2],
      )
    const whole = manner === 'terse' ? wholeOf(lower) : null
    if (single === null && whole !== null)
      say('rce.php-call', 'high', 0, whole, `The value is ${whole} by PHP.`, CALLS['rce.php-call'][2])
    const callback = manner === 'terse' && !SEARCHES.has(point.at(-1) ?? '') ? callbackOf(lower) : null
    if (callback !== null)
      say(
        'rce.php-function-name',
        'medium',
        0,
        `function ${callback}`,
        `The value names the PHP function ${callback}, for code that calls what a parameter says.`,
        'It is one word of a sentence.',
      )
    const wrapper = manner === 'prose' ? -1 : wrapperAt(lower)
    if (wrapper >= 0)
      say(
        'rce.php-wrapper',
        'high',
        wrapper,
        'wrapper of PHP as a scheme',
        'The value is a URL of a wrapper of PHP that reads, filters or runs what it names.',
        'The scheme is that of the web.',
      )
    else if (!isDocumentLeaf(point) && manner === 'terse' && dataUrlAt(lower) >= 0)
      say(
        'rce.data-url',
        'medium',
        dataUrlAt(lower),
        'data URL of a text',
        'A parameter is a URL that holds text of its own, which code that includes or fetches it runs.',
        'It holds a picture, or stands in a document.',
      )
    const setting = manner === 'terse' ? assignedSetting(lower) : null
    if (setting !== null)
      say(
        'rce.php-setting',
        'high',
        0,
        `directive ${setting}, assigned`,
        `The value assigns ${setting}, a directive of PHP that clients have no business with.`,
        'The name is not followed by an equals sign.',
      )
  },
} satisfies DetectorSpec

const CALLS: Readonly<Record<Call['rule'], readonly [Finding['severity'], string, string]>> = {
  'rce.php-call': [
    'critical',
    'The value calls a function of PHP.',
    'No parenthesis follows the name, or it is quoted in a text.',
  ],
  'rce.php-variable-call': [
    'critical',
    'The value calls a function whose name it hides in a string or a variable.',
    'The string is not called.',
  ],
  'rce.php-superglobal': [
    'high',
    'The value reads a variable of PHP that holds what clients send.',
    'The name is quoted in a text.',
  ],
}

/** One call and nothing else: `system(x)`, `;exec(foo);`. */
const SINGLE = /^[\s;'")}@&|]{0,8}([a-z][a-z0-9_]{1,24})\s{0,4}\([^\n]{1,200}\)[\s;'")}/#]{0,8}$/

/** Short names that people, shells and other languages call things too. */
const WORDS: ReadonlySet<string> = new Set(
  'file copy mail rename pack compact die exit extract include include_once require require_once print printf ord chr glob unlink mkdir rmdir'.split(
    ' ',
  ),
)

function singleCall(lower: string): string | null {
  const name = SINGLE.exec(lower)?.[1]
  return name !== undefined && isShort(name) && !WORDS.has(name) ? name : null
}

/** A member of a JSON document: there data URLs are files that people attach. */
function isDocumentLeaf(point: readonly string[]): boolean {
  return point.includes('json_doc') && point.at(-1) !== '_name'
}

/** Parameters in which people look for the names of functions. */
const SEARCHES: ReadonlySet<string> = new Set(['q', 'query', 'search', 's', 'term', 'keyword', 'keywords'])
