/** Which command of a Unix shell would run in a value, at each place where the value could land. */
import type { Finding } from '#schemas/contracts/detector.ts'
import type { Command } from './command.ts'
import { type Beginning, Lexer } from './lexer.ts'
import type { Telling } from './names.ts'
import { Places, SHORT } from './places.ts'
import type { Reading } from './reading.ts'

/** Longest part of a value that is shown as evidence. */
const SHOWN = 200

/** Words of sentences among which no command is believed any more. */
const MOST_TALK = 5

interface Hit {
  readonly command: Command
  readonly reading: Reading
}

/**
 * The value is read as it stands (an argument, or a command line), behind its first quote and from inside of double
 * quotes (it lands in a string that it closes), and behind `name=` when it is a pair itself.
 */
export function judgeUnix(text: string, talk: number, telling: Telling, typed: boolean): Finding | null {
  if (talk + (text.length > SHORT ? 2 : 0) >= MOST_TALK) return null
  const quote = text.indexOf("'")
  const pair = /^\w{1,32}=(?=\S)/.exec(text)
  return (
    hitIn(text, 0, 'unquoted', new Places({ text, talk, typed, telling, whole: true })) ??
    (pair !== null
      ? hitIn(
          text,
          pair[0].length,
          'unquoted',
          new Places({ text, talk, typed, telling: telling ?? 'parameter', whole: true }),
        )
      : null) ??
    (telling !== null && /^"[^"\n]{1,200}"$/.test(text)
      ? hitIn(text, 1, 'unquoted', new Places({ text, talk, typed, telling, whole: true }))
      : null) ??
    (quote >= 0
      ? hitIn(text, quote + 1, 'unquoted', new Places({ text, talk, typed, telling, whole: false }))
      : null) ??
    (quote >= 0 || text.includes('"')
      ? hitIn(text, 0, 'double', new Places({ text, talk, typed, telling, whole: false }))
      : null)
  )
}

/** The first strong command, else the first that would run. */
function hitIn(text: string, from: number, beginning: Beginning, places: Places): Finding | null {
  let hit: Hit | null = null
  const take = (command: Command) => {
    if (hit?.reading.strength === 'strong') return
    const reading = places.judge(command)
    if (reading !== null && (hit === null || reading.strength === 'strong')) hit = { command, reading }
  }
  new Lexer(text, from, beginning, take).run()
  return hit === null ? null : findingOf(text, hit)
}

function findingOf(text: string, { command, reading }: Hit): Finding {
  const { rule, name, does, strength } = reading
  const { intro, start, end, words } = command
  const whole = intro === 'start'
  return {
    rule,
    severity: strength === 'strong' ? 'critical' : 'high',
    evidence: text.slice(start, Math.min(end, start + SHOWN)),
    at: start,
    shows: words
      .map(word => word.text)
      .join(' ')
      .slice(0, 256),
    why: `${PLACES[intro]} ${name}, which ${does}.`,
    unless: whole
      ? 'In a sentence, or where no program runs it, it would be text.'
      : 'In quotes, or without what separates it from the text before it, it would be an argument.',
  }
}

const PLACES: Readonly<Record<Command['intro'], string>> = {
  start: 'The value as a whole is a command line: a shell runs',
  ';': 'Behind the semicolon a shell runs',
  '|': 'Behind the pipe a shell runs',
  '||': 'Behind || a shell runs',
  '&': 'Behind the ampersand a shell runs',
  '&&': 'Behind && a shell runs',
  newline: 'On a line of its own a shell runs',
  '(': 'In the parentheses a shell runs',
  ')': 'Behind the parentheses a shell runs',
  '$(': 'In $( ) a shell runs',
  '`': 'In the backticks a shell runs',
  '<(': 'In <( ) a shell runs',
}
