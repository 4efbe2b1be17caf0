import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { decodeRecord, encodeRecord, encodeState } from '#schemas/avro/records.ts'
import { currentSchema } from '#schemas/avro/schemas.ts'
import type { LogRecord, Raw } from '#schemas/contracts/bus.ts'
import { Refused, Retryable, Usage } from '#schemas/contracts/errors.ts'
import { type Access, Unavailable } from '#test/kafka/contract.ts'
import { type RegistryServer, readAsStranger, registryServer } from '#test/kafka/registry.ts'
import { secure } from '#test/kafka/secure.ts'
import { missing } from '#test/needs.ts'
import { RegistryFormat, type RegistryOptions, subjectOf } from './format.ts'

const POSITION = { source: 'capture/a', position: { offset: 7 } }
const inKafka = (topic: string): string => `tw.${topic}`
const raw = (topic: string, value: Uint8Array | null): Raw => ({ topic, key: null, value, time: 1 })
const stored = (value: Uint8Array | null, offset = 0): LogRecord => ({ offset, key: null, value, time: 1 })

interface Scene {
  readonly registry: RegistryServer
  readonly format: RegistryFormat
  /** Another process with the same registry. */
  another(changes?: Partial<RegistryOptions>): RegistryFormat
  /** Milliseconds of the clock. */
  now: number
}

async function scene(t: TestContext, changes: Partial<RegistryOptions> = {}): Promise<Scene> {
  const registry = await registryServer(t)
  const options: RegistryOptions = {
    url: registry.url,
    authorization: null,
    tls: null,
    timeoutMs: 2000,
    subjects: 'topic',
    register: true,
    ...changes,
  }
  const made: Scene = {
    registry,
    format: new RegistryFormat(options, () => made.now),
    another: more => new RegistryFormat({ ...options, ...more }, () => made.now),
    now: 0,
  }
  return made
}

async function encoded(format: RegistryFormat, topic: string, value: Uint8Array | null): Promise<Uint8Array | null> {
  return (await format.encode([raw(topic, value)], inKafka))[0]!.value
}

const positions = { kafkaName: 'tw.positions', schema: 'position' }

describe('values', () => {
  test('carry the id of a schema that anybody can look up and read them with', async t => {
    const { registry, format } = await scene(t)
    const value = encodeRecord('positions', POSITION)
    const before = Buffer.from(value)
    const wire = Buffer.from((await encoded(format, 'positions', value))!)
    assert.deepEqual(Buffer.from(value), before, 'the record that was handed in stays as it is')
    assert.deepEqual(registry.subjects, new Map([['tw.positions-value', [1]]]))
    assert.equal((readAsStranger(registry, wire) as { source: string }).source, POSITION.source)
  })

  test('come back as they went, in a process that has asked for nothing yet', async t => {
    const { format, another, registry } = await scene(t)
    const value = encodeRecord('positions', POSITION)
    const wire = await encoded(format, 'positions', value)
    const reader = another()
    const [back] = await reader.decode([stored(wire)])
    assert.deepEqual(decodeRecord('positions', back!.value!), POSITION)
    assert.deepEqual(Buffer.from(back!.value!), Buffer.from(value))
    registry.requests.length = 0
    await reader.decode([stored(wire), stored(wire, 1)])
    assert.deepEqual(registry.requests, [], 'ids are remembered')
  })

  test('of before the registry stand beside those of after it', async t => {
    const { format } = await scene(t)
    const old = encodeRecord('positions', POSITION)
    const wire = await encoded(format, 'positions', old)
    const mixed = await format.decode([stored(old), stored(wire, 1), stored(null, 2)])
    assert.deepEqual(
      mixed.map(({ value }) => (value === null ? null : decodeRecord('positions', value))),
      [POSITION, POSITION, null],
    )
  })

  test('that are state, no Avro or nothing pass as they are, both ways', async t => {
    const { registry, format } = await scene(t)
    for (const value of [encodeState({ a: 1 }), Buffer.from('hello'), Buffer.alloc(0), Buffer.of(0, 0, 1), null]) {
      assert.equal(await encoded(format, 'tcp.state', value), value)
      assert.equal((await format.decode([stored(value)]))[0]!.value, value)
    }
    assert.deepEqual(registry.requests, [])
  })

  test('with an id that nobody registered pass as they are; it is asked for again after a while', async t => {
    const made = await scene(t)
    const { registry, format } = made
    const strange = Buffer.of(0, 0, 0, 0, 1, 9, 9)
    assert.equal((await format.decode([stored(strange)]))[0]!.value, strange)
    assert.throws(() => decodeRecord('positions', strange), Refused)
    await format.decode([stored(strange)])
    assert.deepEqual(registry.requests, ['GET /base/schemas/ids/1'])
    await made.another().prepare([positions])
    made.now = 30_001
    assert.notEqual((await format.decode([stored(strange)]))[0]!.value, strange)
  })

  test('of a schema that this version does not know are refused by name, not mistaken', async t => {
    const { registry, format } = await scene(t)
    registry.schemas.set(5, JSON.stringify({ type: 'record', name: 'Other', fields: [] }))
    registry.schemas.set(6, '"string"')
    registry.schemas.set(7, 'string')
    for (const id of [5, 6, 7]) {
      const [record] = await format.decode([stored(Buffer.of(0, 0, 0, 0, id))])
      assert.throws(
        () => decodeRecord('positions', record!.value!),
        (error: Refused) => error.reason === 'unknown-schema',
      )
    }
  })

  test('whose schema is no schema pass as they are', async t => {
    const { registry, format } = await scene(t)
    registry.schemas.set(1, 'null')
    registry.schemas.set(2, `${'['.repeat(100_000)}${']'.repeat(100_000)}`)
    const records = [1, 2].map(id => stored(Buffer.of(0, 0, 0, 0, id)))
    assert.deepEqual(await format.decode(records), records)
  })

  test('in a flood of strange ids cost a bounded number of questions', async t => {
    const { registry, format } = await scene(t)
    const flood = Array.from({ length: 500 }, (_, id) => stored(Buffer.of(0, 0, 0, id >> 8, id & 255, 1), id))
    assert.deepEqual(await format.decode(flood), flood)
    assert.equal(registry.requests.length, 64)
  })
})

describe('subjects', () => {
  const schema = currentSchema('position')
  test('are named by topic, record or both', () => {
    assert.equal(subjectOf('topic', 'tw.positions', schema), 'tw.positions-value')
    assert.equal(subjectOf('record', 'tw.positions', schema), 'tapwire.Position')
    assert.equal(subjectOf('topic-record', 'tw.positions', schema), 'tw.positions-tapwire.Position')
  })

  test('are prepared once, also of several processes, and state has none', async t => {
    const { registry, format, another } = await scene(t)
    const state = { kafkaName: 'tw.tcp.state', schema: 'state' }
    await format.prepare([positions, state])
    await another().prepare([positions])
    assert.deepEqual(registry.subjects, new Map([['tw.positions-value', [1]]]))
    registry.requests.length = 0
    await encoded(format, 'positions', encodeRecord('positions', POSITION))
    assert.deepEqual(registry.requests, [], 'ids of prepared topics are at hand')
  })

  test('that are registered by hand are only looked up', async t => {
    const { format, another } = await scene(t)
    const reader = another({ register: false })
    await assert.rejects(reader.prepare([positions]), (error: Error) => {
      assert.ok(error instanceof Usage)
      assert.match(error.message, /subject tw\.positions-value has not the schema.*register: true/)
      return true
    })
    await format.prepare([positions])
    await reader.prepare([positions])
  })

  test('that hold something else are an error that says so', async t => {
    const { registry, format } = await scene(t)
    registry.schemas.set(1, '"int"')
    registry.subjects.set('tw.positions-value', [1])
    await assert.rejects(format.prepare([positions]), (error: Error) => {
      assert.ok(error instanceof Usage)
      assert.match(error.message, /status 409, error 409 \(Schema being registered is incompatible.*something else/)
      return true
    })
  })
})

describe('a registry', () => {
  test('wants the login that is configured; a wrong one is an error at the start and a wait later', async t => {
    const authorization = `Basic ${Buffer.from('me:secret').toString('base64')}`
    const { registry, format, another } = await scene(t, { authorization })
    registry.authorization = authorization
    await format.prepare([positions])
    const wire = await encoded(format, 'positions', encodeRecord('positions', POSITION))
    const stranger = another({ authorization: 'Bearer wrong' })
    await assert.rejects(stranger.prepare([positions]), (error: Error) => {
      assert.ok(error instanceof Usage)
      assert.match(error.message, /status 401, error 40101 \(Unauthorized\) .* check username and password, or token/)
      assert.doesNotMatch(error.message, /wrong/)
      return true
    })
    await assert.rejects(stranger.decode([stored(wire)]), Retryable)
    await assert.rejects(encoded(stranger, 'positions', encodeRecord('positions', POSITION)), Retryable)
  })

  const faults: readonly (readonly [string, RegistryServer['faults'][number], RegExp])[] = [
    ['is overloaded', [503, 'x'], /status 503/],
    ['wants us to wait', [429, '{}'], /status 429/],
    ['says nothing', 'silence', /no answer within 200 ms/],
    ['says too much', [200, 'x'.repeat(4 * 1024 * 1024 + 1)], /more than 4194304 bytes/],
  ]
  for (const [what, fault, said] of faults) {
    test(`that ${what} is asked again, and nothing is lost`, async t => {
      const { registry, format, another } = await scene(t, { timeoutMs: 200 })
      const value = encodeRecord('positions', POSITION)
      for (const attempt of [() => format.prepare([positions]), () => encoded(another(), 'positions', value)]) {
        registry.faults.push(fault)
        await assert.rejects(attempt, (error: Error) => error instanceof Retryable && said.test(error.message))
      }
      const wire = await encoded(format, 'positions', value)
      registry.faults.push(fault)
      await assert.rejects(format.decode([stored(wire)]), Retryable)
      const [back] = await format.decode([stored(wire)])
      assert.deepEqual(decodeRecord('positions', back!.value!), POSITION)
    })
  }

  test('behind TLS is trusted only with its authority', async t => {
    const folder = mkdtempSync(join(tmpdir(), 'tapwire-registry-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const certificates = certificatesOrReason(folder)
    if (typeof certificates === 'string') return void missing(t, certificates)
    const registry = await registryServer(t, readFileSync(join(folder, 'broker.pem')))
    const { another } = await scene(t, { url: registry.url })
    await another({ tls: { ca: certificates.ca } }).prepare([positions])
    await assert.rejects(another().prepare([positions]), (error: Error) => {
      assert.ok(error instanceof Retryable)
      assert.match(error.message, /certificate/)
      return true
    })
  })

  test('that is none is an error that says so', async t => {
    for (const fault of [
      [200, '<html>'],
      [200, '{"id":"x"}'],
      [302, '{}'],
      [404, '{}'],
    ] as const) {
      const { registry, format } = await scene(t)
      registry.faults.push(fault)
      await assert.rejects(format.prepare([positions]), Usage)
    }
  })

  test('that is not there is asked again', async t => {
    const { registry } = await scene(t)
    const away = new URL(registry.url)
    away.port = '1'
    const { format } = await scene(t, { url: away.href })
    await assert.rejects(format.prepare([positions]), Retryable)
  })
})

function certificatesOrReason(folder: string): Access | string {
  try {
    return secure(folder, folder).access!
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    return error.message
  }
}
