/**
 * Values that leave a string of a script and go on as code, and values that are code as a whole.
 *
 *   breakout = text quote ( operator / separator ) code that reaches for a sink
 */
import { codeTokens } from '../../text/code.ts'
import { mannerOf } from '../../text/manner.ts'
import { isCode, type Reach, reachIn } from './sinks.ts'

/** Breakouts of one value that are looked at, and how far. */
const MAX_BREAKOUTS = 16
const MAX_CODE = 160
const MAX_TOKENS = 40

const BREAK = /["'\x60]\s{0,4}(?:[-+*/%^|&<>,;?:})\]=]|\bin\b|\binstanceof\b)/g

/** The reach of the code behind a quote in lower-case text; null when there is none. */
export function breakoutOf(lower: string): (Reach & { readonly from: number }) | null {
  let seen = 0
  const counts = new Map<string, number>()
  let counted = 0
  for (const found of lower.matchAll(BREAK)) {
    if (seen++ >= MAX_BREAKOUTS) return null
    for (; counted <= found.index; counted++) {
      const c = lower[counted]!
      if (c === '"' || c === "'" || c === '`') counts.set(c, (counts.get(c) ?? 0) + 1)
    }
    // Code that people paste closes its strings: only a quote that was not opened leaves one.
    const isOpen = counts.get(found[0][0]!)! % 2 === 1
    if (!isOpen && lower.length > 64) continue
    const reach = codeAt(lower, found.index + 1)
    // Programs that close their strings set timers, too.
    if (reach !== null && (isOpen || !/^set.*\($/.test(reach.what))) return { ...reach, from: found.index }
  }
  return null
}

function codeAt(lower: string, from: number): Reach | null {
  const tokens = codeTokens(lower, from, Math.min(lower.length, from + MAX_CODE), MAX_TOKENS)
  const reach = reachIn(tokens, lower, true)
  if (reach === null) return null
  // `--eval` in a span of code.
  if (lower[from - 1] === '`' && lower[reach.at + reach.what.length] === '`') return null
  const before = tokens.filter(token => token.start < reach.at)
  // What is ordinary in a program tells only at its beginning.
  if (/[(=.]$/.test(reach.what) && before.filter(({ kind }) => kind === 'name').length > 1) return null
  return isCode(
    tokens.filter(token => token.start <= reach.at),
    lower,
  )
    ? reach
    : null
}

/** Lines of code that is no payload but a statement of a program. */
const STATEMENT =
  /^(?:const|let|var|if|return|import\s|export|function\s|class|async|await|for|while|try|\/\/|\/\*|#|@|<|console\.)/

/** A call without arguments, which tries whether it is run. */
const NOTHING = /^(?:new\s{1,4}function|settimeout|setinterval|fetch|import|execscript)\s{0,4}\(\s{0,4}\)?$/

/** What a page is, where it comes from and who sees it: nothing but that is a probe for a place where script runs. */
const STATE =
  /^(?:window|document|globalthis)\s{0,4}\.\s{0,4}(?:location|referrer|body|documentelement|localstorage|sessionstorage)(?:\s{0,4}\.\s{0,4}[a-z]{2,24}){0,3}\s{0,4};?$/

/** Nothing but a way to another host, or its script. */
const LEADS =
  /^(?:(?:window|document|self|top|parent|globalthis)\.)?(?:location\.href\s{0,4}=|location\.(?:assign|replace)\s{0,4}\(|\$\.getscript\s{0,4}\()\s{0,4}["'\x60](?:https?:)?\/\/[^\s]{1,200}$/

/** The value as a whole is a short piece of code that reaches for a sink. */
export function bareCodeOf(lower: string): Reach | null {
  const text = lower.trim()
  if (text.length > 400 || text.includes('\n') || STATEMENT.test(text)) return null
  if (text.includes('=>') && !/alert|prompt|confirm|eval|cookie/.test(text)) return null
  if (NOTHING.test(text) || STATE.test(text) || LEADS.test(text)) return { what: text.slice(0, 64), at: 0 }
  const tokens = codeTokens(text, 0, text.length, 120)
  const reach = reachIn(tokens, text)
  if (reach === null || reach.at > 96 || !isCode(tokens, text) || mannerOf(text) === 'prose') return null
  return reach
}

/** `' in x.y=`, `';document.x=`, `",location=`: a quote, then an assignment. Index of the quote; -1 when there is none. */
export function assignmentBreakout(lower: string): number {
  const head = lower.slice(0, 200)
  const found = MEMBER.exec(head) ?? KNOWN.exec(head)
  return found === null ? -1 : found[1]!.length
}

const MEMBER =
  /^([^"'\x60]{0,16})["'](?:\s{1,2}in|\s{0,4}[-+*/%^|&,;?:})\]]{0,4}\s{0,4}(?=document\.|window\.|window\[|document\[))\s{0,4}[a-z_$][\w$]{0,31}(?:\.[\w$]{1,32}|\[[^\]=]{1,32}\]){1,4}\s{0,4}=(?![=>])/
const KNOWN =
  /^([^"'\x60]{0,16})["'](?:\s{1,4}in[\w.]{0,16}?\s{0,4}|\s{0,4}[-+*/%^|&,;?:})\]]{1,4}\s{0,4})(?:location|onerror|valueof)=(?![=>])/
