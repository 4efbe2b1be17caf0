/**
 * Anomalies of HTTP/2 that are attacks: what a proxy that translates to HTTP/1 turns into another request, and what comes in
 * masses to exhaust a server. As in the table of HTTP/1, only what no ordinary client sends stands here.
 */
import type { AnomalyRule } from './rules.ts'

const NONE: readonly string[] = []

function smuggling(
  anomaly: string,
  rule: string,
  evidence: readonly string[],
  point: readonly string[],
  why: string,
): AnomalyRule {
  return {
    anomaly: `http2.${anomaly}`,
    attack: 'smuggling',
    rule: `smuggling.${rule}`,
    severity: 'high',
    point,
    evidence,
    why,
  }
}

function flood(what: string, why: string): AnomalyRule {
  return {
    anomaly: `http2.flood.${what}`,
    attack: 'data_bomb',
    rule: `data_bomb.http2-${what}`,
    severity: 'high',
    point: ['uri'],
    evidence: NONE,
    why,
  }
}

const LENGTH = ['content-length']
const AT_LENGTH = ['header', 'CONTENT-LENGTH']

// biome-ignore format: a table
export const HTTP2_RULES: readonly AnomalyRule[] = [
  smuggling('transfer-encoding', 'h2-te', ['transfer-encoding'], ['header', 'TRANSFER-ENCODING'],
    'A request of HTTP/2 has a Transfer-Encoding: a proxy that hands it on in HTTP/1 lets the body say where the request ends.'),
  smuggling('content-length-mismatch', 'h2-length', LENGTH, AT_LENGTH,
    'The length of the request is not that of its body: behind a proxy that hands it on in HTTP/1 the rest is another request.'),
  smuggling('conflicting-content-length', 'h2-length', LENGTH, AT_LENGTH,
    'The request has several lengths that differ: servers of HTTP/1 behind a proxy disagree where it ends.'),
  smuggling('bad-content-length', 'h2-length', LENGTH, AT_LENGTH,
    'The length of the request is no plain number: behind a proxy one server reads it, another does not.'),
  smuggling('crlf-in-header', 'h2-crlf', NONE, ['uri'],
    'A header of the request holds a line end: in HTTP/1, behind a proxy, it is several headers or another request.'),
  smuggling('nul-in-header', 'h2-nul', NONE, ['uri'],
    'A header of the request holds a NUL: servers behind a proxy disagree where it ends.'),
  smuggling('request-splitting', 'h2-splitting', NONE, ['uri'],
    'A pseudo-header of the request holds a whole start line: in HTTP/1, behind a proxy, it is another request.'),
  smuggling('duplicate-pseudo-header', 'h2-pseudo', NONE, ['uri'],
    'The request has a pseudo-header twice: a proxy and the server behind it may each take another one.'),
  smuggling('bad-scheme', 'h2-pseudo', NONE, ['uri'],
    'The scheme of the request is none: a proxy that builds a URL of it sends something else on.'),
  flood('rapid-reset', 'The client opens streams and resets them at once, in masses: the server does the work, and no limit of streams holds it back (CVE-2023-44487).'),
  flood('made-you-reset', 'The client breaks a rule on stream after stream, so that the server resets them: it does the work, and no limit of streams holds it back (CVE-2025-8671).'),
  flood('continuation', 'A header block goes on and on in CONTINUATION frames: servers that collect it run out of memory.'),
  flood('header-list', 'A short header block refers to long entries of the table again and again: decoded it exhausts memory (an HPACK bomb).'),
  flood('settings', 'SETTINGS frames come in masses, and each wants an answer.'),
  flood('ping', 'PING frames come in masses, and each wants an answer.'),
  flood('empty-frames', 'Frames without content and without an end come in masses: they cost nothing to send, and time to handle.'),
  flood('priority', 'Priorities of streams change in masses: the server rebuilds their order each time.'),
  flood('window-update', 'The client takes its responses in crumbs: the server holds them back in memory.'),
  flood('streams', 'More streams are open at once than any client needs.'),
]
