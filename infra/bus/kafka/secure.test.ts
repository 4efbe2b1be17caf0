import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { Refused, Retryable } from '#schemas/contracts/errors.ts'
import { brokers } from '#test/kafka/brokers.ts'
import { optionsFor } from '#test/kafka/options.ts'
import { hold, poll, raw, topicSpec, unit, values } from '#test/suites/bus/harness.ts'
import { type KafkaOptions, openKafka } from './index.ts'

test('TLS with each login; a wrong one says what is wrong, and never a password', async t => {
  const kafka = await brokers(t, { secure: true })
  if (kafka === null) return
  const { user: username, password, ca } = kafka.access!
  const login = (mechanism: NonNullable<KafkaOptions['sasl']>['mechanism'], secret = password) =>
    optionsFor(kafka, { sasl: { mechanism, username, password: secret } })
  for (const mechanism of ['plain', 'scram-sha-256', 'scram-sha-512'] as const) {
    await t.test(mechanism, async () => {
      await using bus = await openKafka(login(mechanism))
      await bus.ensure([topicSpec('in'), topicSpec('out')])
      await bus.append([raw('in', null, 'a')])
      await using held = await hold(bus, 'group', 'in', 1)
      const { next } = await poll(held.leases[0]!)
      await held.leases[0]!.commit(unit(next, [raw('out', null, 'b')]))
      assert.deepEqual(await values(bus, 'out'), ['b'])
    })
  }
  const wrong = 'not-the-password'
  const cases: [string, Partial<KafkaOptions>, Refused | Retryable][] = [
    ['a wrong password, PLAIN', login('plain', wrong), new Refused('kafka.KafkaJSSASLAuthenticationError', 'Invalid')],
    [
      'a wrong password, SCRAM',
      login('scram-sha-512', wrong),
      new Refused('kafka.KafkaJSSASLAuthenticationError', 'invalid'),
    ],
    ['an authority of others', { tls: {} }, new Refused('kafka.SELF_SIGNED_CERT_IN_CHAIN', 'certificate')],
    [
      'another name',
      { tls: { ca, serverName: 'x.example' } },
      new Refused('kafka.ERR_TLS_CERT_ALTNAME_INVALID', 'x.example'),
    ],
    ['no TLS', { tls: null }, new Retryable('kafka.KafkaJSConnectionClosedError', 'want TLS or a login')],
    ['no login', { sasl: null }, new Retryable('kafka.KafkaJSConnectionClosedError', 'want TLS or a login')],
  ]
  for (const [name, changes, expected] of cases) {
    await t.test(name, async () => {
      const opening = openKafka(optionsFor(kafka, { requestTimeoutMs: 2000, ...changes }))
      const error = await opening.then(
        () => null,
        (failed: unknown) => failed,
      )
      assert.ok(error instanceof Refused || error instanceof Retryable)
      assert.deepEqual([error.name, error.reason], [expected.name, expected.reason])
      assert.ok(error.message.includes(expected.message), error.message)
      const everything = inspect(error, { depth: 20, showHidden: true })
      assert.ok(!everything.includes(wrong) && !everything.includes(password), name)
    })
  }
})
