import type { DetectorSpec } from '#schemas/contracts/detector.ts'
import { mannerAt } from '../../text/manner.ts'
import { sayOnce } from '../../text/say.ts'
import { isUploadName } from '../../text/upload.ts'
import { wholeClass } from './classes.ts'
import { eachExpression } from './expressions.ts'
import { gadgetIn } from './gadgets.ts'
import { NEEDLES } from './needles.ts'
import { ARITHMETIC, BINDING, INSIDE, JSP, OGNL_VARIABLE, SIGNS } from './signs.ts'

/** Expressions and class names by which a Java application runs what the client wrote. */
export default {
  id: 'java',
  attack: 'rce',
  literals: NEEDLES,
  words: [],
  inspect({ point, text }, lower, _exchange, report) {
    const { say, said } = sayOnce(text, report)
    if (isUploadName(point)) {
      if (UPLOAD.test(lower.slice(-512)))
        say(
          'rce.jsp-upload',
          'high',
          0,
          'name of an uploaded file',
          'The name of an uploaded file is one that a server runs as Java.',
          'The name ends in an extension that servers only deliver.',
        )
      return
    }
    const name = wholeClass(lower, point)
    if (name !== null)
      say(
        'rce.java-class',
        name.dangerous ? 'high' : 'medium',
        0,
        `class ${name.name}`,
        `The value is ${name.name}, a name that only code of Java has a use for.`,
        'It stands in a text, or under a key that names classes.',
      )
    eachExpression(lower, (start, body) => {
      const compact = compactOf(body)
      if (lower[start] === '%' && ARITHMETIC.test(body.slice(0, 64).replace(/\s/g, '')))
        say(
          'rce.java-expression',
          'high',
          start,
          compact,
          'The value is an expression of OGNL that calculates, which shows whether it is evaluated.',
          'It is a name without operators.',
        )
      const sign = INSIDE.exec(compact) ?? (lower[start] === '%' ? OGNL_VARIABLE.exec(compact) : null)
      if (sign !== null)
        say(
          'rce.java-expression',
          'critical',
          start,
          sign[0],
          'An expression reaches for classes or objects of the server.',
          'It only names a property.',
        )
    })
    const binding = lower.includes('class') ? BINDING.exec(lower.slice(0, 2048)) : null
    if (binding !== null && (point.at(-1) === '_name' || !/\s/.test(lower.trim())))
      say(
        'rce.java-binding',
        'critical',
        binding.index,
        binding[0],
        'The name leads from an object to the loader of its class, through which the server is reconfigured.',
        'The name is that of a property of the form.',
      )
    const manner = FRAME.test(lower.slice(0, 512)) ? 'listing' : mannerAt(point, text)
    if (manner === 'terse' || (said.has('rce.java-expression') && manner === 'listing')) {
      const compact = compactOf(lower)
      for (const { rule, what, pattern } of SIGNS) {
        const found = pattern.exec(compact)
        if (found !== null)
          say(
            rule,
            'critical',
            0,
            found[0],
            `The value ${what}.`,
            'It is part of a text that quotes code, or of a stack trace.',
          )
      }
      const gadget = gadgetIn(lower, point)
      if (gadget !== null)
        say(
          'rce.java-gadget',
          'high',
          Math.max(0, lower.indexOf(gadget)),
          gadget,
          `The value names ${gadget}, a class that serialized objects use to run code.`,
          'It stands in a text.',
        )
      if (said.size === 0 && SPAWN.test(lower))
        say(
          'rce.java-class',
          'high',
          0,
          'package of Java, class that starts processes',
          'The value names a class of Java that starts processes.',
          'It stands in a text.',
        )
    }
    const jsp = manner === 'prose' || !/<(?:%|jsp)/.test(lower) ? null : JSP.exec(lower.slice(0, 16_384))
    if (jsp !== null)
      say(
        'rce.jsp',
        'high',
        jsp.index,
        jsp[0],
        'The value is a page of Java with code in it, which a server that stores it runs.',
        'The angle bracket is written as &lt;.',
      )
  },
} satisfies DetectorSpec

/** Extensions that servlet containers run or unpack, last or in front of what cuts a name short. */
const UPLOAD = /\.(?:jspx?|jspf|jsw|jsv|jhtml|war|jspa)(?:$|[.;:%\0\s/\\])/

/** One line of a stack trace, whole. */
const FRAME = /^\s{0,16}at\s[\w.$/@<>]{1,300}\([\w. ]{1,80}(?::\d{1,6})?\)\s{0,8}$/

/** `java.x.runtime`, and the marks of marshalled objects beside such a name. */
const SPAWN =
  /\bjava[.$@/][\w.$@/]{0,80}(?:runtime|processbuilder)\b|(?:unmarshaller|base64data)[\w.$@/"'=&; <>]{0,80}(?:runtime|processbuilder)|(?:runtime|processbuilder)[\w.$@/"'=&; <>]{0,80}(?:unmarshaller|base64data)/

/** Constant strings put together, white space gone. */
function compactOf(lower: string): string {
  return lower.slice(0, 8192).replace(/['"]\s{0,8}\+\s{0,8}['"]|\s/g, '')
}
