/** Which stages run in one task, and what leaves it: from the components' inputs and outputs. */

import { Chain, type Publish, type StageSpec } from '#infra/runtime/chain.ts'
import type { Processor } from '#schemas/contracts/processor.ts'
import type { Segment, SegmentBatch } from '#schemas/records/segment.ts'
import type { AnyProcessor, Processors } from './components.ts'

/** Topics that `read` and the log know by the types of their JSON lines. */
export const LINE_TOPICS = {
  exchange: 'exchanges',
  message: 'exchanges',
  detection: 'detections',
  anomaly: 'anomalies',
} as const
/** Each once. */
export const PUBLISHED: readonly (typeof LINE_TOPICS)[keyof typeof LINE_TOPICS][] = [
  ...new Set(Object.values(LINE_TOPICS)),
]
export type LineType = keyof typeof LINE_TOPICS
export const LINE_TYPES = Object.keys(LINE_TOPICS) as readonly LineType[]

/**
 * The processors that `input` must pass to become any of `wanted`: each behind all that it reads from, and otherwise in the
 * order of the components. State is stored by this order (infra/runtime/checkpoint.ts): a new component comes last among its equals.
 */
export function stagesFor(components: Processors, input: string, wanted: readonly string[]): readonly AnyProcessor[] {
  const { specs, topics } = reachable([...components.processors.values()], input)
  const missing = wanted.filter(topic => !topics.has(topic))
  if (missing.length > 0)
    throw new Error(`no way from ${input} to ${missing.join(', ')}: check the inputs and outputs of the processors`)
  const seen = new Set<AnyProcessor>()
  const ordered: AnyProcessor[] = []
  const need = (topic: string): void => {
    for (const spec of specs) {
      if (!spec.outputs.includes(topic) || seen.has(spec)) continue
      seen.add(spec)
      need(spec.input)
      ordered.push(spec)
    }
  }
  for (const topic of wanted) if (topic !== input) need(topic)
  return ordered
}

/** What can come of `input`: the other processors have nothing to read. */
function reachable(all: readonly AnyProcessor[], input: string) {
  const topics = new Set([input])
  let specs: readonly AnyProcessor[] = []
  for (let before = -1; before < specs.length; ) {
    before = specs.length
    specs = all.filter(spec => topics.has(spec.input))
    for (const topic of specs.flatMap(spec => spec.outputs)) topics.add(topic)
  }
  return { specs, topics }
}

/** What the processors are told, unparsed, when `tasks` of each share their bounds. */
export function shared(
  { processors }: Processors,
  config: Readonly<Record<string, unknown>>,
  tasks: number,
): Readonly<Record<string, unknown>> {
  const own = { ...config }
  for (const { name, config: schema, share } of processors.values()) {
    if (share !== undefined) own[name] = share(schema.parse(config[name] ?? {}), tasks)
  }
  return own
}

/** Makes chains, each with fresh processors and empty state. */
export interface ChainFactory {
  (publish: Publish): Chain
  /**
   * Another configuration: for the chains to come, and from its next value on for every chain that is in use, as far as its
   * processors can take one while they run. Throws `Usage`; then nothing has changed.
   */
  configure(config: Readonly<Record<string, unknown>>): void
}

/** `config`: unparsed, by processor. */
export function chainFactory(
  components: Processors,
  config: Readonly<Record<string, unknown>>,
  wanted: readonly string[],
  input = 'segments',
): ChainFactory {
  const specs = stagesFor(components, input, wanted)
  const published = new Set(wanted)
  const parse = (given: Readonly<Record<string, unknown>>): ReadonlyMap<string, unknown> =>
    new Map(specs.map(spec => [spec.name, spec.config.parse(given[spec.name] ?? {})]))
  let parsed = parse(config)
  let made: WeakRef<Chain>[] = []
  const open = (publish: Publish): Chain => {
    const stages = specs.map(
      (spec): StageSpec => ({
        name: spec.name,
        input: spec.input,
        outputs: spec.outputs,
        processor: spec.create(parsed.get(spec.name), components.parts.get(spec.name) ?? {}) as Processor<
          unknown,
          unknown
        >,
      }),
    )
    const chain = new Chain(stages, published, publish)
    made = made.filter(ref => ref.deref() !== undefined)
    made.push(new WeakRef(chain))
    return chain
  }
  const configure = (next: Readonly<Record<string, unknown>>): void => {
    parsed = parse(next)
    for (const ref of made) {
      for (const { name, processor } of ref.deref()?.stages ?? []) processor.configure?.(parsed.get(name))
    }
  }
  return Object.assign(open, { configure })
}

/** Hands the segments of a batch to `each`, one cursor for all, after adding the producer's own accounts. */
export function eachSegment(
  batch: SegmentBatch,
  cursor: Segment,
  chain: Chain,
  each: (segment: Segment, time: number, payload: number) => void,
): void {
  chain.ledger.merge(batch.ledger)
  cursor.reset(batch)
  while (cursor.next()) each(cursor, cursor.time, cursor.length)
}
