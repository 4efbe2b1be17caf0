import type { DetectorSpec, Finding } from '#schemas/contracts/detector.ts'
import { cleanPath } from '../../text/path.ts'
import { nameOf, namesFile, type Place, placeOf } from '../../text/place.ts'
import { type Climb, climbOf } from './climb.ts'
import { FILE_NEEDLES, type Opened, systemFile } from './files.ts'
import { UNC_NEEDLES, uncOf } from './unc.ts'

/** Levels above the start of a relative path that no ordinary client asks for. */
const STEEP: Readonly<Record<Place, number>> = { target: 1, parameter: 2, data: 4 }

/** What relative paths in documents, source maps and project files lead to. */
const LINKED =
  /\.(?:png|jpe?g|gif|svg|webp|ico|css|s[ac]ss|less|[mc]?[jt]sx?|map|vue|svelte|html?|mdx?|rst|woff2?|ttf|json5?|ya?ml|toml|\w{2,3}proj|props|targets|py|go|rs|java|kt|swift|dart|cc?|cpp|hh?|hpp|proto|graphql|snap|sln|lock|gradle|xsd|dtd|wsdl|tex|bib|pdf|mp[34]|wasm|rb|cs|php)(?::\d{1,6}){0,2}$/

/** `/static../x`: nginx puts what follows the prefix `/static` behind the folder that it stands for. */
const ALIAS = /^\/[\w-]{1,64}\.\.\//

/** Paths that leave the folder they are meant for, and files of the system that no client should name. */
export default {
  id: 'ptrav',
  attack: 'ptrav',
  literals: ['..', '0x2e', ...FILE_NEEDLES, ...UNC_NEEDLES],
  words: [],
  inspect({ point, text }, lower, _exchange, report) {
    const place = placeOf(point)
    const climb = lower.includes('..') || lower.includes('0x2e') ? climbOf(lower) : null
    const path = cleanPath(lower)
    const climbs = climb !== null && climb.levels > 0
    const opened = openedAt(point, place)
    const file = path === null ? null : systemFile(path, place !== 'data' || climbs, opened)
    if (file !== null) {
      return report({
        rule: 'ptrav.sensitive-file',
        severity: climbs ? 'critical' : 'high',
        evidence: text,
        at: 0,
        why: climbs
          ? `The path climbs ${climb.levels} levels up and ends in ${file}.`
          : `The path names ${file}, which no client has a reason to ask for.`,
        shows: `${climbs ? `${climb.levels} × up, ` : ''}${file}`,
        unless: 'It would be harmless inside of running text, or if it named a file of the application.',
      })
    }
    const alias = isUri(point) ? ALIAS.exec(lower) : null
    if (alias !== null) {
      return report({
        rule: 'ptrav.hidden-dots',
        severity: 'high',
        evidence: text.slice(alias.index),
        at: alias.index,
        why: 'The first folder of the path ends with two dots, which leaves the folder of an alias that has no slash at its end.',
        shows: alias[0],
        unless: 'It would be harmless without the dots.',
      })
    }
    const finding = climb === null ? null : judge(climb, place, point, text)
    if (finding !== null) return report(finding)
    const unc = place === 'data' ? null : uncOf(lower)
    if (unc !== null) {
      report({
        rule: 'ptrav.unc',
        severity: 'high',
        evidence: text,
        at: 0,
        why: 'The value is a UNC path to an administrative share, a device or an address: a Windows server would open it with its own credentials.',
        shows: unc,
        unless: 'It would be harmless if it named a share of an ordinary host.',
      })
    }
  },
} satisfies DetectorSpec

function judge(climb: Climb, place: Place, point: readonly string[], text: string): Finding | null {
  const { levels, trick, at } = climb
  const evidence = text.slice(at)
  if (trick !== null) {
    return {
      rule: 'ptrav.hidden-dots',
      severity: 'high',
      evidence,
      at,
      why: `The path holds ${JSON.stringify(trick)}, a spelling of "../" that only hides from filters.`,
      shows: trick,
      unless: 'It would be harmless without that segment.',
    }
  }
  const isLink = LINKED.test(climb.path)
  if (place === 'data' && isLink) return null
  const isHidden = point.at(-1) === 'percent' || point.at(-1) === 'base64'
  const isOpened = place === 'parameter' && namesFile(point) && !isLink
  const steep = climb.quoted || !(isHidden || isOpened) ? STEEP[place] : 1
  // Of the target only the whole path says where it ends.
  if (levels < (place === 'target' && !isUri(point) ? 2 : steep)) return null
  const above = place === 'target' ? 'the root of the site' : 'the folder it starts in'
  return {
    rule: 'ptrav.climb',
    severity: 'high',
    evidence,
    at,
    why: `The path climbs ${levels} levels above ${above}.`,
    shows: `${levels} × up`,
    unless: `It would be harmless if it stayed below ${above}.`,
  }
}

/** Parameters that say which page, template or language to include. */
const INCLUDES =
  /^(?:page|pg|p|include|inc|require|template|tpl|view|lang|language|locale|theme|style|layout|load|read|module|mod|content|cat|show|display|site|section|action|do)$/

function openedAt(point: readonly string[], place: Place): Opened {
  if (place !== 'parameter') return 'none'
  if (point[1] === 'json_doc') return 'some'
  return INCLUDES.test(nameOf(point)) ? 'any' : 'most'
}

function isUri(point: readonly string[]): boolean {
  return point[0] === 'uri'
}
