/** Connections by hand, for the tests of the TCP stage. */
import { before, describe } from 'node:test'
import { batchOf, endOf, type Packet } from '#processors/tcp/packets.ts'
import { ACK, SYN } from '#schemas/records/segment.ts'
import { Stand } from '#test/driver/tcp.ts'

/** µs */
export const MS = 1000
export const S = 1_000_000

const text = (value: string) => new TextEncoder().encode(value)

/** Runs `cases` twice: as they are, and with a restart of the stage after every segment. */
export function withAndWithoutRestarts(cases: () => void): void {
  for (const restarting of [false, true]) {
    describe(restarting ? 'restarted after every segment' : 'without a restart', () => {
      before(() => {
        Script.restarting = restarting
      })
      cases()
    })
  }
}

export /** A conversation by hand. Sequence numbers count from each side's initial one: data begins at 1. */
class Script extends Stand {
  /** Restart after every segment: nothing below may change. */
  static restarting = false
  readonly isn: [number, number] = [4_294_967_290, 2_147_483_640]
  time = 10 * S

  send(
    dir: 0 | 1,
    flags: number,
    seq: number,
    data = '',
    more: Partial<Packet> & { readonly acks?: number } = {},
  ): this {
    const { acks = 0, ...fields } = more
    const ack = (this.isn[dir === 0 ? 1 : 0] + acks) >>> 0
    const packet = { dir, flags, seq: (this.isn[dir] + seq) >>> 0, ack, data: text(data), time: this.time, ...fields }
    this.play(batchOf([packet]))
    if (Script.restarting) this.restart()
    return this
  }

  /** Client data. */
  c(seq: number, data: string, acks = 1): this {
    return this.send(0, ACK, seq, data, { acks })
  }

  /** Server data. */
  s(seq: number, data: string, acks = 1): this {
    return this.send(1, ACK, seq, data, { acks })
  }

  shake(): this {
    return this.send(0, SYN, 0)
      .send(1, SYN | ACK, 0, '', { acks: 1 })
      .c(1, '')
  }

  wait(us: number): this {
    this.time += us
    this.advance(this.time)
    return this
  }

  over(): string[] {
    this.play(endOf(this.time))
    this.checkEmpty()
    return this.said
  }

  settled(reason: 'duplicate' | 'gap' | 'budget' | 'damaged' | 'unsupported' | 'missing'): number {
    return this.driver.ledger.get(reason)
  }
}
