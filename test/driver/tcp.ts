/**
 * The TCP stage on a stand: plays batches through the real chain, keeps copies of all chunks, and checks after every
 * segment what must always hold:
 *
 *   payload fed = settled by the stage + handed on + held        chunk laws (schemas/records/chunk.ts)        bounds
 */
import assert from 'node:assert/strict'
import { type Config, config } from '#processors/tcp/config.ts'
import { Tcp } from '#processors/tcp/tcp.ts'
import type { Stream } from '#processors/tcp/twin.ts'
import type { Chunk } from '#schemas/records/chunk.ts'
import { KIND, Segment, type SegmentBatch, SegmentWriter } from '#schemas/records/segment.ts'
import { type Driver, drive } from '#test/driver/stage.ts'

const SETTLED = ['framing', 'duplicate', 'gap', 'cap', 'budget', 'unsupported', 'filtered', 'damaged'] as const

type Kept = Pick<
  Chunk,
  'kind' | 'connection' | 'dir' | 'time' | 'packet' | 'back' | 'contradicts' | 'missing' | 'reason' | 'anomaly'
> & {
  readonly text: string
}

export class Stand {
  readonly chunks: Kept[] = []
  readonly driver: Driver
  readonly config: Config
  #tcp!: Tcp
  readonly #segment = new Segment()
  readonly #open = new Map<string, [boolean, boolean]>()
  #fed = 0
  #given = 0

  constructor(settings: Partial<Config> = {}) {
    this.config = config.parse(settings)
    const open = (): Tcp => {
      this.#tcp = new Tcp(this.config)
      return this.#tcp
    }
    this.driver = drive(open, { outputs: ['chunks'], keep: chunk => this.#keep(chunk as Chunk) })
  }

  get load(): Tcp['load'] {
    return this.#tcp.load
  }

  play(batch: SegmentBatch): this {
    this.#segment.reset(batch)
    while (this.#segment.next()) {
      // Other kinds are not the TCP stage's to account for.
      const { kind } = this.#segment
      if (kind <= KIND.stream || kind === KIND.about) this.#fed += this.#segment.length
      this.driver.feed(this.#segment, this.#segment.time)
      if (this.#segment.kind === KIND.end) this.#forgetEnded()
      this.#check()
    }
    return this
  }

  /** What ended with a source begins again, with the same id, where another one has the same first packet. */
  #forgetEnded(): void {
    for (const [id, [a, b]] of this.#open) if (a && b) this.#open.delete(id)
  }

  advance(time: number): this {
    this.driver.advance(time)
    this.#check()
    return this
  }

  /** A tick follows at once: with it the new stage takes the state over, and can say its load. */
  restart(): void {
    this.driver.restart()
    const writer = new SegmentWriter(64)
    writer.mark(KIND.tick, this.driver.now)
    const tick = new Segment().reset({ sensor: '', capture: '', source: '', ...writer.take(), ledger: {} })
    tick.next()
    this.driver.feed(tick, this.driver.now)
  }

  /** Per connection, in order of appearance, both directions in the twin's notation. */
  streams(): Stream[][] {
    const byId = new Map<string, { text: string; end: string }[]>()
    for (const { connection, dir, kind, text, missing, reason } of this.chunks) {
      const sides = byId.get(connection.id) ?? [
        { text: '', end: '' },
        { text: '', end: '' },
      ]
      byId.set(connection.id, sides)
      const side = sides[dir]!
      // Two holes side by side are one hole.
      const hole = /\[(\d+)\]$/.exec(side.text)
      if (kind === 'gap' && hole !== null) side.text = `${side.text.slice(0, hole.index)}[${Number(hole[1]) + missing}]`
      else if (kind === 'gap') side.text += `[${missing}]`
      else if (kind === 'end') side.end = reason
      else if (kind === 'data') side.text += text
    }
    return [...byId.values()] as Stream[][]
  }

  /** Everything in short: `0:hello`, `1[12]`, `0.fin`, `1!tcp.overlap-conflict`. */
  get said(): string[] {
    return this.chunks.map(({ dir, kind, text, back, missing, reason, anomaly }) => {
      switch (kind) {
        case 'data':
          return `${dir}:${text}`
        case 'alternative':
          return back === 0 ? `${dir}?${text}` : `${dir}?-${back}:${text}`
        case 'gap':
          return `${dir}[${missing}]`
        case 'end':
          return `${dir}.${reason}`
        case 'anomaly':
          return `${dir}!${anomaly}`
      }
      return kind satisfies never
    })
  }

  #keep(chunk: Chunk): Kept {
    const { kind, connection, dir, time, packet, back, contradicts, missing, reason, anomaly } = chunk
    const ended = this.#open.get(connection.id) ?? [false, false]
    this.#open.set(connection.id, ended)
    if (kind !== 'anomaly') assert.equal(ended[dir], false, `${kind} after the end of direction ${dir}`)
    if (kind === 'end') ended[dir] = true
    if (kind === 'data') assert.ok(chunk.bytes.length > 0, 'data without bytes')
    if (kind === 'gap') assert.ok(missing > 0, `gap of ${missing}`)
    if (kind === 'data') this.#given += chunk.bytes.length
    const text = Buffer.from(chunk.bytes).toString('latin1')
    const kept = { kind, connection, dir, time, packet, back, contradicts, missing, reason, anomaly, text }
    this.chunks.push(kept)
    return kept
  }

  #check(): void {
    const { held, flows, halfOpen, cost } = this.load
    const settled = SETTLED.reduce((sum, reason) => sum + this.driver.ledger.get(reason), 0)
    assert.equal(settled + this.#given + held, this.#fed, 'settled + given + held = fed')
    assert.ok(held >= 0 && flows <= this.config.openFlows, `${flows} flows`)
    assert.ok(
      halfOpen <= Math.max(1, Math.floor(this.config.openFlows * this.config.halfOpenShare)),
      `${halfOpen} half-open`,
    )
    assert.ok(cost <= this.config.bufferBytes, `${cost} bytes of memory`)
  }

  /** The source has ended: nothing may be open or held. */
  checkEmpty(): void {
    assert.deepEqual(this.load, { held: 0, flows: 0, halfOpen: 0, cost: 0 })
    assert.equal(this.driver.size(), 0)
    for (const [id, ended] of this.#open) assert.deepEqual(ended, [true, true], `connection ${id} has not ended`)
  }
}
