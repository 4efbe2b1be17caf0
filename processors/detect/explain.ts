/**
 * How an exchange was judged: every value that was looked at, who was called and why, what they found, and what was not
 * reported in the end. The stage itself runs, with decoders and detectors that take notes.
 */
import type { DecoderSpec, DetectorSpec, Finding, Value } from '#schemas/contracts/detector.ts'
import type { Ctx } from '#schemas/contracts/processor.ts'
import type { Detection } from '#schemas/records/detection.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import type { Config } from './config.ts'
import { headerPoints, targetPoints } from './points.ts'
import type { Found } from './record.ts'
import { Budget } from './rules/budget.ts'
import { compilePack, type Rule } from './rules/pack.ts'
import { RuleSet } from './rules/set.ts'
import { needlesIn, tryRule } from './rules/trial.ts'
import { Detect } from './stage.ts'

/** Somebody who was called to look at a value. */
export interface Look {
  readonly detector: string
  /** Needles of the detector that occur in the value; none: it looks at values of this name. */
  readonly needles: readonly string[]
  readonly findings: readonly Finding[]
  /** Of rules that found nothing: what kept them from it. */
  readonly missed: readonly { readonly rule: string; readonly because: string }[]
}

export interface SeenValue extends Value {
  /** Decoders that were applied to it. */
  readonly decoders: readonly string[]
  readonly looks: readonly Look[]
}

export interface Explanation {
  /** What stands in the request, and what was decoded from it, in the order in which it was looked at. */
  readonly values: readonly SeenValue[]
  readonly detections: readonly Detection[]
  /** Found, and not reported: a disabled rule or an exception. */
  readonly ignored: readonly Found[]
  /** Experimental rules that found something. */
  readonly shadows: readonly string[]
  /** Limits that were hit, and the like: what the stage counted. */
  readonly counts: ReadonlyMap<string, number>
}

export function explainExchange(
  config: Config,
  decoders: readonly DecoderSpec[],
  detectors: readonly DetectorSpec[],
  exchange: Exchange,
): Explanation {
  const { sources, enable, disable } = config.rules
  const set = new RuleSet(sources.map(compilePack), { enable, disable })
  const budget = new Budget(Number.POSITIVE_INFINITY)
  const notes = new Notes(exchange, set.rules)
  const ignored: Found[] = []
  const stage = new Detect(
    config,
    decoders.map(decoder => notes.decoder(decoder)),
    [...detectors, ...set.detectors(budget)].map(detector => notes.detector(detector)),
    (_, found) => set.decide(exchange, found, budget, one => ignored.push(one)),
  )
  const detections: Detection[] = []
  const counts = new Map<string, number>()
  const ctx: Pick<Ctx, 'count' | 'emit' | 'now' | 'offset'> = {
    now: exchange.time,
    offset: -1,
    count: (name, by = 1) => void counts.set(name, (counts.get(name) ?? 0) + by),
    emit: (_topic, _key, detection) => void detections.push(detection as Detection),
  }
  stage.process(exchange, ctx as Ctx)
  return { values: notes.values(), detections, ignored, shadows: budget.takeShadows(), counts }
}

interface Note extends SeenValue {
  readonly decoders: string[]
  readonly looks: Look[]
}

class Notes {
  readonly #exchange: Exchange
  readonly #rules: readonly Rule[]
  readonly #notes = new Map<string, Note>()

  constructor(exchange: Exchange, rules: readonly Rule[]) {
    this.#exchange = exchange
    this.#rules = rules
    const { request } = exchange
    if (exchange.message !== null) return
    for (const { point, text } of targetPoints(request)) this.#at(point, text)
    const points = headerPoints(request)
    for (const i of request.headers.keys()) for (const value of points(i)) if (value) this.#at(value.point, value.text)
  }

  values(): readonly SeenValue[] {
    return [...this.#notes.values()]
  }

  decoder(spec: DecoderSpec): DecoderSpec {
    return {
      ...spec,
      decode: (text, point, limits, out, note, exchange) => {
        this.#at(point, text).decoders.push(spec.name)
        const yielded: typeof out = (suffix, part) => {
          this.#at([...point, ...suffix], part)
          return out(suffix, part)
        }
        return spec.decode(text, point, limits, yielded, note, exchange)
      },
    }
  }

  detector(spec: DetectorSpec): DetectorSpec {
    return {
      ...spec,
      inspect: (value, lower, exchange, report) => {
        const findings: Finding[] = []
        spec.inspect(value, lower, exchange, finding => {
          findings.push(finding)
          report(finding)
        })
        const needles = needlesIn([...spec.literals, ...spec.words], value.text)
        const missed = spec.id.startsWith('rules-') ? this.#missed(value, findings) : []
        this.#at(value.point, value.text).looks.push({ detector: spec.id, needles, findings, missed })
      },
    }
  }

  #missed(value: Value, findings: readonly Finding[]): Look['missed'] {
    return this.#rules
      .filter(
        ({ id, needles }) => needlesIn(needles, value.text).length > 0 && !findings.some(({ rule }) => rule === id),
      )
      .map(rule => ({ rule: rule.id, because: tryRule(rule, value, this.#exchange).because }))
  }

  #at(point: readonly string[], text: string): Note {
    const key = JSON.stringify([point, text])
    let note = this.#notes.get(key)
    if (note === undefined) {
      note = { point: [...point], text, decoders: [], looks: [] }
      this.#notes.set(key, note)
    }
    return note
  }
}
