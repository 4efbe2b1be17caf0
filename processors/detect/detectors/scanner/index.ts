import type { DetectorSpec } from '#schemas/contracts/detector.ts'
import { AGENT_NEEDLES, type Agent, agentOf } from './agents.ts'
import { HEADERS, MARK_NEEDLES, outOfBandHost, probeWord } from './marks.ts'
import { PATH_NEEDLES, probePath } from './paths.ts'

const OWN_HEADERS = new Set(HEADERS)

const SAYS: Readonly<Record<Agent['kind'], { readonly severity: 'high' | 'medium' | 'info'; readonly why: string }>> = {
  attacks: { severity: 'high', why: 'a tool that attacks' },
  scans: { severity: 'medium', why: 'a tool that looks for vulnerabilities' },
  surveys: { severity: 'info', why: 'a survey of the whole Internet' },
}

/** Marks of tools that look for vulnerabilities: names, headers, hosts that tell them of a hit, and paths that they try everywhere. */
export default {
  id: 'scanner',
  attack: 'scanner',
  literals: [...AGENT_NEEDLES, ...MARK_NEEDLES, ...PATH_NEEDLES, 'xdebug_session_start'],
  words: [],
  names: HEADERS,
  quietNames: true,
  inspect({ point, text }, lower, exchange, report) {
    if (point[0] === 'header') {
      if (OWN_HEADERS.has((point[1] ?? '').toLowerCase())) {
        return report({
          rule: 'scanner.header',
          severity: 'medium',
          evidence: text,
          at: 0,
          why: `The header ${point[1]} is sent by vulnerability scanners only.`,
          shows: `${point[1]}: ${text}`.slice(0, 256),
          unless: 'It would be harmless without that header.',
        })
      }
      const agent = point[1] === 'USER-AGENT' ? agentOf(lower) : null
      if (agent !== null) {
        const { severity, why } = SAYS[agent.kind]
        return report({
          rule: 'scanner.agent',
          severity,
          evidence: text.slice(agent.at),
          at: agent.at,
          why: `The client calls itself ${agent.name}, ${why}.`,
          shows: agent.name,
          unless: 'It would be harmless under the name of an ordinary client.',
        })
      }
    }
    const path = point[0] === 'uri' ? probePath(lower) : null
    if (path !== null) {
      return report({
        rule: 'scanner.probe-path',
        severity: 'medium',
        evidence: text,
        at: 0,
        why: 'The path is one of an exploit or fingerprint that is tried on every host.',
        shows: path,
        unless: 'It would be harmless on a host that runs the product it belongs to.',
      })
    }
    if (point[0] === 'query' && point.at(-1) === '_name' && lower === 'xdebug_session_start') {
      return report({
        rule: 'scanner.debugger',
        severity: 'medium',
        evidence: text,
        at: 0,
        why: 'The parameter asks a PHP server to open a debugging session, which only a developer may.',
        shows: text,
        unless: 'It would be harmless on the machine of a developer.',
      })
    }
    // The host of the site itself, and where the client says it comes from, are no probes.
    if (exchange.host !== '' && lower.startsWith(exchange.host)) return
    const host = outOfBandHost(lower)
    if (host !== null) {
      return report({
        rule: 'scanner.out-of-band',
        severity: 'high',
        evidence: text.slice(host.at),
        at: host.at,
        why: `The value names a host below ${host.what}, which reports to an attacker that a payload was run.`,
        shows: host.text,
        unless: 'It would be harmless without a name of its own below that host.',
      })
    }
    const mark = probeWord(lower)
    if (mark !== null) {
      report({
        rule: 'scanner.probe',
        severity: 'medium',
        evidence: text.slice(mark.at),
        at: mark.at,
        why: 'The value holds a word that a vulnerability scanner probes with.',
        shows: mark.text,
        unless: 'It would be harmless in a sentence about scanners.',
      })
    }
  },
} satisfies DetectorSpec
