import assert from 'node:assert/strict'
import { test } from 'node:test'
import type {
  Direction,
  Place,
  ProtocolExchange,
  ProtocolLimits,
  ProtocolOut,
  Session,
} from '#schemas/contracts/protocol.ts'
import cases from './cases.json' with { type: 'json' }
import protocol from './index.ts'

const LIMITS: ProtocolLimits = {
  probeBytes: 64,
  headBytes: 32,
  headers: 10,
  bodyKeep: 100,
  decodedRatio: 200,
  decodedBytes: 100,
  pipeline: 3,
  responseTimeout: 1_000,
  decodeContent: false,
  http2: { streams: 10, table: 4096, continuations: 1, flood: { window: 1000, limits: {} } },
}
const place = (time: number): Place => ({ time, packet: time, offset: 0 })
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** A session whose calls to the outside are written down, and which can be taken apart and opened again. */
class Recorded {
  readonly exchanges: string[] = []
  readonly anomalies: string[] = []
  readonly ledger: Record<string, number> = {}
  alarm = Number.POSITIVE_INFINITY
  session: Session

  readonly #out: ProtocolOut = {
    exchange: exchange => this.exchanges.push(describe(exchange)),
    anomaly: kind => this.anomalies.push(kind),
    settle: (fate, count) => {
      this.ledger[fate] = (this.ledger[fate] ?? 0) + count
    },
    hop: () => assert.fail('no hops'),
    become: () => assert.fail('nothing follows'),
    alarm: at => {
      this.alarm = at
    },
  }

  constructor() {
    this.session = protocol.open(this.#out, LIMITS, { kind: 'new' })
  }

  restart(): void {
    const snapshot = structuredClone(this.session.snapshot())
    this.session = protocol.open(this.#out, LIMITS, { kind: 'restored', snapshot })
  }

  /** Cuts the text into pieces of `size`, and restarts between them if asked to. */
  feed(dir: Direction, text: string, size: number, restarts: boolean): void {
    const whole = bytes(text)
    for (let at = 0; at < whole.length; at += size) {
      this.session.data(dir, whole.subarray(at, at + size), place(1))
      if (restarts) this.restart()
    }
  }

  outcome() {
    const { exchanges, anomalies, ledger } = this
    return { exchanges, anomalies, ledger }
  }
}

function describe({ request, response, anomalies }: ProtocolExchange): string {
  const answer = response === null ? `none: ${anomalies.join()}` : `${response.status} ${response.reason}`
  return `${request.method} ${request.path} -> ${answer}`
}

for (const { name, client, server, exchanges = [], anomalies = [], ledger } of cases) {
  test(`${name}, however the stream is cut, and with a restart at every cut`, () => {
    for (let size = 1; size <= client.length; size++) {
      for (const restarts of [false, true]) {
        const recorded = new Recorded()
        recorded.feed(0, client, size, restarts)
        recorded.feed(1, server, size, restarts)
        recorded.session.end(0, 'fin', place(2))
        if (restarts) recorded.restart()
        recorded.session.end(1, 'fin', place(2))
        assert.deepEqual(recorded.outcome(), { exchanges, anomalies, ledger }, `pieces of ${size}`)
        const settled = Object.values(recorded.ledger).reduce((sum, count) => sum + count, 0)
        assert.equal(settled, client.length + server.length, 'every byte is settled once')
        assert.equal(recorded.session.held, 0, 'nothing is kept after the end')
      }
    }
  })
}

test('a gap ends the understanding: what waits is reported, what follows is settled as gap', () => {
  const recorded = new Recorded()
  recorded.feed(0, 'hello/1\nGET a\nGE', 100, false)
  recorded.session.gap(0, 7, place(2))
  recorded.feed(0, 'GET b\n', 100, false)
  assert.deepEqual(recorded.outcome(), {
    exchanges: ['GET a -> none: example.gap'],
    anomalies: ['example.gap'],
    ledger: { inspected: 14, gap: 8 },
  })
})

test('a command that waits too long is reported once, and its late answer is not taken for the next one', () => {
  const recorded = new Recorded()
  recorded.feed(0, 'hello/1\nGET a\nGET b\n', 100, false)
  assert.equal(recorded.alarm, 1 + LIMITS.responseTimeout)
  recorded.session.data(0, bytes('GET c\n'), place(500))
  recorded.session.wake(recorded.alarm)
  assert.equal(recorded.alarm, 500 + LIMITS.responseTimeout)
  recorded.feed(1, '201 late\n202 late\n203 in time\n', 100, false)
  assert.deepEqual(recorded.exchanges, [
    'GET a -> none: example.answer-timeout',
    'GET b -> none: example.answer-timeout',
    'GET c -> 203 in time',
  ])
  assert.equal(recorded.alarm, Number.POSITIVE_INFINITY)
})

test('the greeting decides, and a longer head never changes the answer', () => {
  const greeting = 'hello/1\n'
  for (let length = 1; length < greeting.length; length++) {
    assert.equal(protocol.probe(bytes(greeting.slice(0, length)), 0), 'more')
  }
  assert.equal(protocol.probe(bytes(greeting), 0), 'yes')
  assert.equal(protocol.probe(bytes(`${greeting}GET a`), 0), 'yes')
  assert.equal(protocol.probe(bytes('GET / HTTP/1.1'), 0), 'no')
  assert.equal(protocol.probe(bytes(greeting), 1), 'no')
})
