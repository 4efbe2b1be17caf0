import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { blankChunk, type Chunk } from '#schemas/records/chunk.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import { connectionOf, httpStage } from '#test/driver/http.ts'

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

/** What the TCP stage says, in short. Restarted after every chunk, or never: nothing may change. */
class Script {
  static restarting = false
  readonly stage
  #time = 1_000_000
  readonly #connection = connectionOf(0, [40_000, 80])

  constructor(config: unknown = {}) {
    this.stage = httpStage(config)
  }

  feed(dir: 0 | 1, changes: Partial<Chunk>): this {
    const time = this.#time++
    this.stage.feed({ ...blankChunk(this.#connection), dir, time, packet: time - 999_999, ...changes }, time)
    if (Script.restarting && changes.kind !== 'alternative') this.stage.restart()
    return this
  }

  c(text: string): this {
    return this.feed(0, { bytes: bytes(text) })
  }

  s(text: string): this {
    return this.feed(1, { bytes: bytes(text) })
  }

  /** The next bytes of the client, two ways. */
  ahead(other: string, main: string): this {
    return this.feed(0, { kind: 'alternative', bytes: bytes(other) }).c(main)
  }

  /** The last bytes of the client, otherwise. */
  behind(other: string, contradicts = false): this {
    this.feed(0, { kind: 'alternative', bytes: bytes(other), back: other.length, contradicts })
    if (Script.restarting) this.stage.restart()
    return this
  }

  end(): this {
    return this.feed(0, { kind: 'end' }).feed(1, { kind: 'end' })
  }

  wait(seconds: number): this {
    this.#time += seconds * 1e6
    this.stage.advance(this.#time)
    return this
  }

  /** `<id> <target> <status>` of every exchange so far. */
  get said(): string[] {
    const said = this.stage.out
      .filter(({ topic }) => topic === 'decoded')
      .map(({ value }) => value as Exchange)
      .map(({ id, request, response }) => `${id} ${request.target} ${response?.status ?? '-'}`)
    return said
  }

  exchange(id: string): Exchange {
    return this.stage.out.map(({ value }) => value as Exchange).find(value => value.id === id)!
  }
}

const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'))

for (const restarting of [false, true]) {
  describe(restarting ? 'restarted after every chunk' : 'without a restart', { concurrency: false }, () => {
    const script = (config: unknown = {}) => {
      Script.restarting = restarting
      return new Script(config)
    }

    test('ahead: both readings of a request, each with the response', () => {
      const both = script().ahead(get('/evil'), get('/good')).s(OK)
      assert.deepEqual(both.said, ['c1-1 /good 200', 'c1-1~1 /evil 200'])
      assert.deepEqual(both.exchange('c1-1~1').anomalies, ['tcp.overlap-alternative'])
      assert.deepEqual(both.exchange('c1-1').anomalies, [])
      assert.equal(both.exchange('c1-1~1').ordinal, 1)
    })

    test('the main reading keeps its ordinals, its ledger and its connection', () => {
      const both = script().c(get('/1')).s(OK).ahead(get('/b'), get('/a')).s(OK).c(get('/3')).s(OK).end()
      assert.deepEqual(both.said, ['c1-1 /1 200', 'c1-2 /a 200', 'c1-2~1 /b 200', 'c1-3 /3 200'])
      const fed = 3 * get('/1').length + 3 * OK.length
      assert.equal(both.stage.ledger.get('inspected'), fed)
      assert.equal(both.stage.ledger.pending, -fed, 'nothing else was settled')
      assert.equal(both.stage.size(), 0)
    })

    test('what both readings say is said once', () => {
      const head = 'POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n'
      const both = script().ahead(`${head}X: 1\r\n\r\n`, `${head}X: 1\r\n\r\n`).c('body').s(OK)
      assert.deepEqual(both.said, ['c1-1 /a 200'])
      const pipelined = script()
        .ahead(get('/1') + get('/b'), get('/1') + get('/a'))
        .s(OK)
        .s(OK)
      assert.deepEqual(pipelined.said, ['c1-1 /1 200', 'c1-2 /a 200', 'c1-2~1 /b 200'])
    })

    test('a part of a request', () => {
      const both = script().c('GET /a?id=').ahead("1' or 1=1--", '12345678901').c(' HTTP/1.1\r\nHost: h\r\n\r\n').s(OK)
      assert.deepEqual(both.said, ['c1-1 /a?id=12345678901 200', "c1-1~1 /a?id=1' or 1=1-- 200"])
    })

    test('readings that disagree about where messages end go on until they agree', () => {
      const post = (length: string) => `POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: ${length}\r\n\r\n`
      const inner = get('/inner')
      const both = script()
        .ahead(post('00'), post(String(inner.length)))
        .c(inner)
        .s(OK)
        .s(OK)
        .c(get('/next'))
        .s(OK)
      assert.deepEqual(both.said.slice(0, 3), ['c1-1 /p 200', 'c1-1~1 /p 200', 'c1-2~1 /inner 200'])
      assert.equal(both.exchange('c1-1').request.bodyBytes, inner.length)
    })

    test('behind: a request that was answered by nobody yet is read anew', () => {
      const both = script()
        .c(get('/1'))
        .s(OK)
        .c(get('/good'))
        .behind(`rest of before${get('/evil')}`)
        .s(OK)
      assert.deepEqual(both.said, ['c1-1 /1 200', 'c1-2 /good 200', 'c1-2~1 /evil 200'])
    })

    test('behind, in the middle of a request', () => {
      const both = script().c('GET /go').behind('GET /ev').c('od HTTP/1.1\r\nHost: h\r\n\r\n').s(OK)
      assert.deepEqual(both.said, ['c1-1 /good 200', 'c1-1~1 /evod 200'])
    })

    test('behind, piece by piece: what is completed is not said before', () => {
      const both = script().c(get('/good')).behind(get('/eood')).behind(get('/evod')).behind(get('/evil')).s(OK)
      assert.deepEqual(both.said, ['c1-1 /good 200', 'c1-1~1 /evil 200'])
    })

    test('behind, and contradicted by a third reading: said at once', () => {
      const both = script().c(get('/good')).behind(get('/evil')).behind(get('/none'), true).s(OK)
      assert.deepEqual(both.said, ['c1-1~1 /evil -', 'c1-1 /good 200', 'c1-1~2 /none 200'])
    })

    test('behind, and too late: finished, answered in part, or not all of it is known', () => {
      const finished = script().c(get('/good')).s(OK).behind(get('/evil'))
      const answered = script().c(get('/good')).s(OK.slice(0, 20)).behind(get('/evil')).s(OK.slice(20))
      const unknown = script().c(get('/good')).behind(get('/evil').slice(5)).s(OK)
      const gap = script().c('GET /').feed(0, { kind: 'gap', missing: 3 }).c(' HTTP/1.1\r\n').behind(get('/evil'))
      for (const one of [finished, answered, unknown, gap]) {
        assert.equal(one.stage.counted('http.alternatives.unread'), 1)
        assert.equal(one.stage.counted('http.alternatives'), 0)
      }
    })

    test('it ends after `wait`, and what was in progress in both readings is no difference', () => {
      const post = 'POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n'
      const both = script({ alternatives: { wait: 10 } }).ahead(`${post}X: 2\r\n\r\n`, `${post}X: 1\r\n\r\n`)
      assert.deepEqual(both.wait(11).said, [], 'a request that is not complete')
      const same = script({ alternatives: { wait: 10 } })
        .ahead(get('/a'), get('/a'))
        .wait(11)
        .s(OK)
      assert.deepEqual(same.said, ['c1-1 /a 200'])
      const other = script({ alternatives: { wait: 10 } })
        .ahead(get('/b'), get('/a'))
        .wait(11)
        .s(OK)
      assert.deepEqual(other.said, ['c1-1~1 /b -', 'c1-1 /a 200'])
    })

    test('it ends with its bytes: then the main reading goes on alone', () => {
      const both = script({ alternatives: { bytes: 400 } })
      for (let n = 0; n < 4; n++) both.ahead(get('/b'), get('/a')).s(OK)
      assert.deepEqual(both.said.slice(0, 3), ['c1-1 /a 200', 'c1-1~1 /b 200', 'c1-2 /a 200'])
      assert.equal(both.stage.counted('http.alternatives.limit') > 0, true)
      assert.equal(both.said.filter(line => line.includes('~')).length, 1)
      assert.equal(both.said.length, 5)
    })

    test('it ends with the connection', () => {
      const both = script().ahead(get('/b'), get('/a')).end()
      assert.deepEqual(both.said, ['c1-1 /a -', 'c1-1~1 /b -'])
      assert.equal(both.stage.size(), 0)
    })

    test('requests that nobody answers', () => {
      const both = script({ responseTimeout: 5 }).ahead(get('/b'), get('/a')).wait(6)
      assert.deepEqual(both.said, ['c1-1 /a -', 'c1-1~1 /b -'])
    })

    test('memory: the other reading is counted', () => {
      const head = (name: string) => `POST /${name} HTTP/1.1\r\nHost: h\r\nContent-Length: 50000\r\n\r\n`
      const both = script({ memory: 65_536 }).ahead(head('b'), head('a')).c('x'.repeat(30_000))
      assert.equal(both.stage.counted('http.connections.evicted'), 0)
      both.c('x'.repeat(10_000))
      assert.equal(both.stage.counted('http.connections.evicted'), 1)
    })
  })
}
