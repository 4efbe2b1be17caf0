/** Attributes that frameworks of pages evaluate: Angular, Vue, Alpine, htmx, Knockout. */
import { codeTokens } from '../../text/code.ts'
import { reachIn } from './sinks.ts'

const DIRECTIVE = /^(?:(?:data-|x-)?ng[-:_]|v-|x-|@[a-z]|:[a-z]|hx-on|data-bind$|\(?\w{1,20}\)$|\*ng)/

/** Reaches outside of its own names. */
const ESCAPES = /constructor|composedpath|\$event|\$eval|__proto__|orderby:/

/** What the directive calls; null when it is none, or an ordinary one. */
export function directiveReach(name: string, value: string): string | null {
  if (!DIRECTIVE.test(name)) return null
  const lower = value.slice(0, 512).toLowerCase()
  const reach = reachIn(codeTokens(lower, 0, lower.length, 80), lower)
  if (reach !== null) return reach.what
  return /['"]\s{0,4}\(?\w|\(\w{1,8}=\w+\)\(/.test(lower) &&
    ESCAPES.test(lower) &&
    /alert|prompt|confirm|eval/.test(lower)
    ? ESCAPES.exec(lower)![0]
    : null
}
