import type { DetectorSpec, Finding } from '#schemas/contracts/detector.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import { nameOf } from '../../text/place.ts'
import { CODE_NEEDLES, isProgram, shellCode } from './code.ts'
import { isDisguised, NAME_NEEDLES, shellPath } from './names.ts'
import { ACTION_NAMES, COMMAND_NAMES, isAction, isCommand, PROTOCOL_NEEDLES } from './protocol.ts'

const COMMANDS = new Set(COMMAND_NAMES)

/** Web shells: their code on its way in, their names, and how their operators talk to them. */
export default {
  id: 'webshell',
  attack: 'webshell',
  literals: [...CODE_NEEDLES, ...NAME_NEEDLES, ...PROTOCOL_NEEDLES],
  words: [],
  names: [...COMMAND_NAMES, ...ACTION_NAMES],
  quietNames: true,
  inspect({ point, text }, lower, exchange, report) {
    const say = (rule: string, severity: Finding['severity'], at: number, why: string, shows: string, unless: string) =>
      report({ rule, severity, evidence: text.slice(at), at, why, shows, unless })
    if (point[0] === 'uri') {
      const shell = shellPath(lower)
      if (shell !== null)
        say(
          'webshell.path',
          'medium',
          0,
          `The path asks for ${shell}.`,
          shell,
          'It would be harmless if that file were one of the application.',
        )
      return
    }
    if (point.at(-1) === '_filename') {
      if (isDisguised(lower))
        say(
          'webshell.disguised',
          'high',
          0,
          'The name of the uploaded file looks like a picture to the application and like a program to the server.',
          lower.slice(-64),
          'It would be harmless with a single ending.',
        )
      return
    }
    const code = shellCode(lower)
    if (code !== null && isOnItsWay(point, lower, exchange)) {
      say(
        'webshell.code',
        'critical',
        code.at,
        `The value is ${code.what}, which makes a shell of the server.`,
        code.shows,
        'It would be harmless inside of a text about it.',
      )
      return
    }
    if (point[0] === 'header') {
      if (point[1] === 'USER-AGENT' && lower.includes('antsword'))
        say(
          'webshell.client',
          'high',
          0,
          'The client calls itself AntSword, which operates web shells.',
          'antsword',
          'It would be harmless under the name of an ordinary client.',
        )
      return
    }
    const name = nameOf(point)
    if (COMMANDS.has(name) && isCommand(lower, exchange.request.path)) {
      say(
        'webshell.command',
        'critical',
        0,
        `The parameter "${name}" hands a command of the operating system to a script.`,
        lower.slice(0, 128),
        'It would be harmless if the value were no command.',
      )
      return
    }
    if (isAction(name, lower, parametersOf(point, exchange)))
      say(
        'webshell.operator',
        'high',
        0,
        `"${name}=${text}" with its neighbours is how the operator of a known web shell talks to it.`,
        `${name}=${lower}`,
        'It would be harmless without the parameters that come with it.',
      )
  },
} satisfies DetectorSpec

/** Code counts in what is stored as a file, and where a value is nothing but a program; in a longer text people talk about it. */
function isOnItsWay(point: readonly string[], lower: string, exchange: Exchange): boolean {
  if (point.at(-1) === 'file') return isProgram(lower)
  if (point.length === 1 && exchange.request.method === 'PUT') return true
  if (isProgram(lower) && lower.length < 2048) return true
  const isForm =
    point[0] === 'query' || point[0] === 'header' || point[1] === 'form_urlencoded' || point[1] === 'multipart'
  return (
    isForm &&
    lower.length < 4096 &&
    /^\s{0,8}[@$(]?\s{0,4}(?:eval|assert|execute|response|system|passthru|array_map|ini_set|error_reporting|\$?\{?_(?:get|post|request))/.test(
      lower,
    )
  )
}

function parametersOf(point: readonly string[], { request }: Exchange): string {
  if (point[0] === 'query') return `${request.path.slice(-64)}?${request.query?.slice(0, 4096) ?? ''}`.toLowerCase()
  const bytes = request.content ?? request.body
  return bytes === null ? '' : Buffer.from(bytes.subarray(0, 4096)).toString('latin1').toLowerCase()
}
