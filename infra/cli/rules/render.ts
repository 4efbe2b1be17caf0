/** An explanation for people and for programs. */
import type { Explanation, Look, SeenValue } from '#processors/detect/explain.ts'
import { plainDetection } from '#schemas/json/plain.ts'
import type { Detection } from '#schemas/records/detection.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import { printable } from '../printable.ts'

/** Counters that say how much there was, not what happened. */
const PLAIN_COUNTS = /^detect\.(?:exchanges|messages|responses|found\.)/

export function renderExplanation(exchange: Exchange, explanation: Explanation, all: boolean): string {
  const { values, detections, ignored, shadows, counts } = explanation
  const { request, host } = exchange
  const shown = values.filter(value => all || value.looks.length > 0)
  const quiet = values.length - shown.length
  const noted = [...counts].filter(([name]) => !PLAIN_COUNTS.test(name))
  return [
    `${printable(request.method)} ${printable(request.target)}  host ${host === '' ? 'unknown' : printable(host)}`,
    ...(exchange.anomalies.length === 0 ? [] : [`anomalies: ${exchange.anomalies.join(', ')}`]),
    '',
    ...shown.flatMap(renderValue),
    ...(quiet > 0
      ? [`${quiet} more values interest nobody: no needle in them${all ? '' : ' (--all shows them)'}`, '']
      : []),
    ...detections.flatMap(renderDetection),
    ...ignored.map(
      ({ finding, point }) => `ignored: ${finding.rule} at ${place(point)}: disabled, or an exception holds`,
    ),
    ...shadows.map(id => `shadow: ${id} is experimental: counted, not reported`),
    ...noted.map(([name, n]) => `counted: ${name} ${n}`),
    verdict(detections),
    '',
  ].join('\n')
}

function renderValue({ point, text, decoders, looks }: SeenValue): string[] {
  return [
    `${place(point)}: ${printable(text)}`,
    ...(decoders.length === 0 ? [] : [`    taken apart by ${decoders.join(', ')}`]),
    ...looks.flatMap(renderLook),
    '',
  ]
}

function renderLook({ detector, needles, findings, missed }: Look): string[] {
  const called =
    needles.length === 0 ? 'for its name' : `for ${needles.map(needle => JSON.stringify(needle)).join(' ')}`
  const result = findings.length === 0 ? 'nothing' : findings.map(({ rule }) => rule).join(', ')
  return [
    `    ${detector} looks ${printable(called)}: ${result}`,
    ...missed.map(({ rule, because }) => `      not ${rule}: ${printable(because)}`),
  ]
}

function renderDetection({
  attack,
  rule,
  severity,
  point,
  evidence,
  at,
  why,
  shows,
  unless,
  cwe,
  owasp,
  pack,
}: Detection): string[] {
  const where = at === null ? '' : ` (character ${at + 1})`
  const taxonomy = [...cwe.map(number => `CWE-${number}`), ...owasp].join(', ')
  return [
    `${attack.toUpperCase()}  ${rule}  ${severity}  ${taxonomy}  ${pack}`,
    `    at       ${place(point)}${where}`,
    `    evidence ${printable(evidence)}`,
    ...(shows === null ? [] : [`    shows    ${printable(shows)}`]),
    `    why      ${why}`,
    ...(unless === null ? [] : [`    unless   ${printable(unless)}`]),
    '',
  ]
}

function verdict(detections: readonly Detection[]): string {
  if (detections.length === 0) return 'Nothing is reported.'
  const attacks = [...new Set(detections.map(({ attack }) => attack))]
  return `Reported: ${attacks.join(', ')}.`
}

function place(point: readonly string[]): string {
  return printable(point.join('.'))
}

export function explanationJson(
  exchange: Exchange,
  { values, detections, ignored, shadows, counts }: Explanation,
): object {
  const { id, host, anomalies, request } = exchange
  return {
    exchange: id,
    method: request.method,
    target: request.target,
    host,
    anomalies,
    values,
    detections: detections.map(plainDetection),
    ignored: ignored.map(({ attack, point, finding: { rule } }) => ({ attack, rule, point })),
    shadows,
    counts: Object.fromEntries(counts),
  }
}
