import assert from 'node:assert/strict'
import { readFileSync, statSync } from 'node:fs'
import { mkdtempDisposable } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { Secret } from '#schemas/config/secret.ts'
import { parseListen } from '#schemas/config/telemetry.ts'
import { Usage } from '#schemas/contracts/errors.ts'
import { destinationOf, openLogger } from './log.ts'
import { nodeMetrics, type Observed } from './metrics.ts'
import { serveTelemetry } from './server.ts'
import { textLine } from './text-line.ts'

const NOTHING: Observed = { ledger: {}, partitions: [], components: [] }

/** Value of one series in an exposition; null when it is not there. */
function sample(text: string, series: string): number | null {
  const line = text.split('\n').find(candidate => candidate.startsWith(`${series} `))
  return line === undefined ? null : Number(line.slice(series.length + 1))
}

const partition = (number: number, counts: Record<string, number>, entries: Record<string, number> = {}) => ({
  partition: number,
  lag: null,
  streamTime: 5e6,
  counts: new Map(Object.entries(counts)),
  entries: new Map(Object.entries(entries)),
})

describe('metrics', () => {
  test('the ledger by fate, with what is pending and missing beside it', async () => {
    const ledger = { captured: 100, framing: 40, inspected: 50, missing: 7 }
    const text = await nodeMetrics(() => ({ ...NOTHING, ledger })).text()
    assert.equal(sample(text, 'tapwire_bytes_captured_total'), 100)
    assert.equal(sample(text, 'tapwire_bytes_total{fate="framing"}'), 40)
    assert.equal(sample(text, 'tapwire_bytes_total{fate="inspected"}'), 50)
    assert.equal(sample(text, 'tapwire_bytes_total{fate="gap"}'), 0)
    assert.equal(sample(text, 'tapwire_bytes_pending'), 10)
    assert.equal(sample(text, 'tapwire_bytes_missing_total'), 7)
    assert.equal(sample(text, 'tapwire_bytes_total{fate="captured"}'), null)
  })

  test('counters of stages add up over partitions, also when a task starts again at zero', async () => {
    let partitions = [
      partition(0, { 'tcp.flows.evicted': 5 }, { tcp: 3 }),
      partition(1, { 'tcp.flows.evicted': 2 }, { tcp: 4 }),
    ]
    const metrics = nodeMetrics(() => ({ ...NOTHING, partitions }))
    const series = 'tapwire_stage_total{stage="tcp",name="flows.evicted"}'
    assert.equal(sample(await metrics.text(), series), 7)
    partitions = [partition(0, { 'tcp.flows.evicted': 1 }), partition(1, { 'tcp.flows.evicted': 4 })]
    assert.equal(sample(await metrics.text(), series), 10)
    assert.equal(sample(await metrics.text(), 'tapwire_partition_stream_time_seconds{partition="1"}'), 5)
  })

  test('entries are those of now', async () => {
    let size = 9
    const metrics = nodeMetrics(() => ({ ...NOTHING, partitions: [partition(0, {}, { tcp: size })] }))
    await metrics.text()
    size = 2
    assert.equal(sample(await metrics.text(), 'tapwire_stage_entries{stage="tcp"}'), 2)
  })

  test('components by kind and name', async () => {
    const components = [{ kind: 'producer', name: 'eth0', counts: { packets: 3, 'drops.kernel': 1 } }] as const
    const text = await nodeMetrics(() => ({ ...NOTHING, components })).text()
    assert.equal(sample(text, 'tapwire_component_total{kind="producer",component="eth0",name="drops.kernel"}'), 1)
  })

  test('levels go up and down', async () => {
    let bytes = 7
    const metrics = nodeMetrics(() => {
      const gauges = { 'queued.bytes': bytes }
      return { ...NOTHING, components: [{ kind: 'producer', name: 'eth0', counts: {}, gauges }] }
    })
    const series = 'tapwire_component_level{kind="producer",component="eth0",name="queued.bytes"}'
    assert.equal(sample(await metrics.text(), series), 7)
    bytes = 3
    assert.equal(sample(await metrics.text(), series), 3)
  })

  test('the number of series is bounded, and what is beyond is counted', async () => {
    const counts = Object.fromEntries(Array.from({ length: 2100 }, (_, i) => [`tcp.c${i}`, 1]))
    const text = await nodeMetrics(() => ({ ...NOTHING, partitions: [partition(0, counts)] })).text()
    assert.equal(text.split('\n').filter(line => line.startsWith('tapwire_stage_total{')).length, 2000)
    assert.equal(sample(text, 'tapwire_metrics_dropped_total'), 100)
  })
})

const loopback = parseListen('127.0.0.1:0')!

async function ask(port: number, path: string, method = 'GET'): Promise<{ status: number; body: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>()
  const sent = request({ host: '127.0.0.1', port, path, method, agent: false }, response => {
    let body = ''
    response.setEncoding('utf8').on('data', text => {
      body += text
    })
    response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
  })
  sent.on('error', reject).end()
  return promise
}

describe('server', () => {
  test('metrics and health', async () => {
    let fault: string | null = null
    await using server = await serveTelemetry({
      listen: loopback,
      allowRemote: false,
      metrics: nodeMetrics(() => NOTHING),
      live: [() => fault],
      ready: [async () => 'lag of 5000 records'],
    })
    const { port } = server.listen
    assert.match((await ask(port, '/metrics')).body, /^tapwire_bytes_pending 0$/m)
    assert.deepEqual(await ask(port, '/live'), { status: 200, body: 'ok\n' })
    assert.deepEqual(await ask(port, '/ready'), { status: 503, body: 'lag of 5000 records\n' })
    fault = 'task 3 has stopped'
    assert.deepEqual(await ask(port, '/live?x=1'), { status: 503, body: 'task 3 has stopped\n' })
    assert.equal((await ask(port, '/ready')).body, 'task 3 has stopped\nlag of 5000 records\n')
    assert.equal((await ask(port, '/etc/passwd')).status, 404)
    assert.equal((await ask(port, '/metrics', 'POST')).status, 405)
    assert.deepEqual(await ask(port, '/live', 'HEAD'), { status: 503, body: '' })
  })

  test('beyond loopback only when asked for', async () => {
    const options = { metrics: nodeMetrics(() => NOTHING), live: [], ready: [], listen: parseListen('0.0.0.0:0')! }
    await assert.rejects(serveTelemetry({ ...options, allowRemote: false }), Usage)
    await using server = await serveTelemetry({ ...options, allowRemote: true })
    assert.equal((await ask(server.listen.port, '/live')).status, 200)
  })

  test('a port that is taken is said in one line', async () => {
    const options = { metrics: nodeMetrics(() => NOTHING), live: [], ready: [], allowRemote: false }
    await using server = await serveTelemetry({ ...options, listen: loopback })
    await assert.rejects(serveTelemetry({ ...options, listen: server.listen }), {
      name: 'Usage',
      message: `telemetry.listen: cannot listen on 127.0.0.1:${server.listen.port} (EADDRINUSE): choose another port, or false`,
    })
  })
})

describe('server for one of the two', () => {
  const options = { listen: loopback, allowRemote: false, metrics: nodeMetrics(() => NOTHING), live: [], ready: [] }
  for (const [only, there, absent] of [
    ['metrics', ['/metrics'], ['/live', '/ready']],
    ['health', ['/live', '/ready'], ['/metrics']],
  ] as const) {
    test(only, async () => {
      await using server = await serveTelemetry({ ...options, only })
      for (const path of there) assert.equal((await ask(server.listen.port, path)).status, 200, path)
      for (const path of absent) assert.equal((await ask(server.listen.port, path)).status, 404, path)
    })
  }
})

describe('log', () => {
  function lines(
    level: 'debug' | 'warn',
    write: (log: ReturnType<typeof openLogger>) => void,
  ): Record<string, unknown>[] {
    const out: string[] = []
    write(openLogger(level, { write: (line: string) => void out.push(line) }))
    return out.map(line => JSON.parse(line) as Record<string, unknown>)
  }

  test('one JSON object a line, from the given severity on', () => {
    const got = lines('warn', log => {
      log.info('not this one')
      log.with({ sink: 'hook' }).warn('refused', { records: 3 })
    })
    assert.equal(got.length, 1)
    assert.deepEqual({ ...got[0], time: 0 }, { level: 40, time: 0, sink: 'hook', records: 3, msg: 'refused' })
    assert.match(String(got[0]?.['time']), /^\d{4}-\d\d-\d\dT/)
  })

  test('errors with stack and cause', () => {
    const [line] = lines('debug', log =>
      log.error('failed', { error: new Error('outer', { cause: new Error('inner') }) }),
    )
    const { message, stack } = line?.['error'] as Record<string, string>
    assert.match(message!, /outer/)
    assert.match(stack!, /inner/)
  })

  test('no secrets', () => {
    const [line] = lines('debug', log =>
      log.info('x', {
        token: 'hunter2',
        headers: { authorization: 'hunter2', host: 'a' },
        config: { hook: Secret.of('hunter2') },
      }),
    )
    assert.doesNotMatch(JSON.stringify(line), /hunter2/)
    assert.equal((line?.['headers'] as Record<string, string>)['host'], 'a')
  })

  test('a file, in text for people: appended to, for its owner, no line looks like two', async () => {
    await using dir = await mkdtempDisposable(join(tmpdir(), 'tapwire-telemetry-'))
    const path = join(dir.path, 'new/tapwire.log')
    for (const message of ['first', 'two\nlines \u001b[31mred']) {
      openLogger('info', destinationOf(path, 'text')).warn(message, { path: 'a\nb', n: 3 })
    }
    const lines = readFileSync(path, 'utf8').split('\n')
    assert.deepEqual(
      lines.map(line => line.replace(/^\S+Z /, '')),
      ['WARN first path="a\\nb" n=3', 'WARN two lines ?[31mred path="a\\nb" n=3', ''],
    )
    assert.equal(statSync(path).mode & 0o777, 0o600)
  })

  test('text: the stack of an error stands below, indented', () => {
    const out: string[] = []
    openLogger('info', { write: line => void out.push(textLine(line)) }).error('failed', { error: new Error('why') })
    assert.match(out.join(''), /ERROR failed\n {4}Error: why\n {4}\s+at /)
  })

  test('a file that cannot be opened is wrong usage', () => {
    assert.throws(() => destinationOf(join(import.meta.filename, 'x.log')), {
      name: 'Usage',
      message: /telemetry\.logFile: cannot write/,
    })
  })
})
