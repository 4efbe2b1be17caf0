/** Does what is stored still say what a detection says? The connection alone goes through the chain again. */
import type { Bus } from '#schemas/contracts/bus.ts'
import { isoTime } from '#schemas/json/time.ts'
import type { Detection } from '#schemas/records/detection.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import type { Components } from '../components.ts'
import { printable } from '../printable.ts'
import { Rerun } from '../replay/rerun.ts'
import { type Conversation, piecesOf } from './conversation.ts'

/** What a detection says. Ids follow from these; offsets and the like are compared as part of `origin`. */
const FIELDS = [
  'id',
  'time',
  'exchange',
  'ordinal',
  'client',
  'host',
  'method',
  'path',
  'attack',
  'severity',
  'rule',
  'point',
  'evidence',
  'why',
  'response',
  'origin',
] as const
type Field = (typeof FIELDS)[number]

export interface Verdict {
  readonly confirmed: boolean
  /** Why not. */
  readonly reason: string | null
  /** Where what was stored and what was found now differ. */
  readonly differences: readonly { readonly field: Field; readonly stored: unknown; readonly now: unknown }[]
}

/** Longer than any timeout of a stage, µs: what waits for something is decided. */
const LONG = 86_400e6

/** `config`: unparsed, by processor. */
export async function verdictOf(
  bus: Bus,
  components: Components,
  config: Readonly<Record<string, unknown>>,
  detection: Detection,
  conversation: Conversation,
): Promise<Verdict> {
  let exchange: Exchange | null = null
  let same: Detection | null = null
  /** Of the same exchange. */
  const others: Detection[] = []
  const rerun = new Rerun(components, config, ['exchanges', 'detections'], (topic, _key, value) => {
    if (topic === 'exchanges') {
      const candidate = value as unknown as Exchange
      if (isExchangeOf(candidate, detection)) exchange = candidate
      return
    }
    const found = value as unknown as Detection
    if (found.exchange !== exchange?.id) return
    if (isSame(found, detection)) same = found
    else others.push(found)
  })
  const { partition } = conversation
  let until = 0
  for await (const { offset, batch, takes } of piecesOf(bus, conversation)) {
    until = batch.until
    rerun.process(partition, { offset }, batch, segment => takes(segment) || !segment.ofFlow)
    if (same !== null) break
  }
  if (same === null) rerun.advance(partition, until + LONG)
  return judge(detection, same, exchange, others, conversation)
}

function isExchangeOf(candidate: Exchange, { exchange, time, method, path }: Detection): boolean {
  if (candidate.id === exchange) return true
  return candidate.time === time && candidate.request.method === method && candidate.request.path === path
}

function isSame(found: Detection, { id, rule, point }: Detection): boolean {
  return found.id === id || (found.rule === rule && JSON.stringify(found.point) === JSON.stringify(point))
}

function judge(
  stored: Detection,
  now: Detection | null,
  exchange: Exchange | null,
  others: readonly Detection[],
  { begin }: Conversation,
): Verdict {
  if (now === null) {
    const rules = others.map(({ rule, point }) => `${rule} at ${point.join('.')}`).join(', ')
    const found = rules === '' ? 'nothing is found there now' : `found now: ${rules}`
    const reason =
      exchange === null
        ? `the exchange is not found in the stored segments${begin === null ? ': the beginning of its connection is no longer stored' : ''}`
        : `${stored.rule} at ${stored.point.join('.')} is not found in the exchange: ${found}`
    return { confirmed: false, reason, differences: [] }
  }
  // Without its beginning the connection has another name, and its exchanges are counted from elsewhere.
  const comparable = FIELDS.filter(field => begin !== null || !['id', 'exchange', 'ordinal'].includes(field))
  const differences = comparable.flatMap(field => {
    const [one, other] = [stored[field], now[field]]
    return JSON.stringify(one) === JSON.stringify(other) ? [] : [{ field, stored: one, now: other }]
  })
  const reason = differences.length === 0 ? null : `${differences.length} of its fields differ`
  return { confirmed: differences.length === 0, reason, differences }
}

export function renderVerdict({ id, rule, point, time, method, host, path }: Detection, verdict: Verdict): string {
  const what = printable(`${rule} at ${point.join('.')} of ${method} ${host}${path}`)
  const head = `${verdict.confirmed ? 'Confirmed' : 'Not reproduced'}: ${id}, ${what}, ${isoTime(time)}`
  const show = (value: unknown): string => printable(JSON.stringify(value))
  const rows = verdict.differences.map(
    ({ field, stored, now }) => `  ${field.padEnd(10)}stored ${show(stored)}, now ${show(now)}`,
  )
  const why = verdict.reason === null ? [] : [`  ${printable(verdict.reason)}`]
  return `${[head, ...why, ...rows].join('\n')}\n`
}
