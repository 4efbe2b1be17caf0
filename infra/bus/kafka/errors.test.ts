import assert from 'node:assert/strict'
import { test } from 'node:test'
import kafkajs from 'kafkajs'
import { Fenced, Refused, Retryable } from '#schemas/contracts/errors.ts'
import { classify, lostEpoch, reasonOf, tooLarge } from './errors.ts'
import { createErrorFromCode } from './kafkajs.ts'

const { KafkaJSConnectionError, KafkaJSNonRetriableError, KafkaJSNumberOfRetriesExceeded } = kafkajs

function connection(code: string): Error {
  return new KafkaJSConnectionError('Connection error', { broker: 'b:1', code })
}

function repeated(cause: Error): Error {
  return new KafkaJSNumberOfRetriesExceeded(cause, { retryCount: 5, retryTime: 1000, cause } as never)
}

/** As its retries reject with an error of the language. */
function inside(cause: Error): Error {
  return Object.assign(new KafkaJSNonRetriableError(cause.message), { cause })
}

test('each error by what to do about it, however often kafkajs wrapped it', () => {
  const cases: [Error, string, string][] = [
    [createErrorFromCode(6), 'Retryable', 'kafka.NOT_LEADER_FOR_PARTITION'],
    [createErrorFromCode(51), 'Retryable', 'kafka.CONCURRENT_TRANSACTIONS'],
    [createErrorFromCode(29), 'Refused', 'kafka.TOPIC_AUTHORIZATION_FAILED'],
    [connection('ECONNREFUSED'), 'Retryable', 'kafka.ECONNREFUSED'],
    [repeated(connection('ECONNREFUSED')), 'Retryable', 'kafka.ECONNREFUSED'],
    [repeated(connection('CERT_HAS_EXPIRED')), 'Refused', 'kafka.CERT_HAS_EXPIRED'],
    [repeated(createErrorFromCode(30)), 'Refused', 'kafka.GROUP_AUTHORIZATION_FAILED'],
    // A mistake inside of kafkajs, when brokers come and go: it passes.
    [inside(new TypeError('x')), 'Retryable', 'kafka.TypeError'],
    // Newer than kafkajs knows.
    [createErrorFromCode(120), 'Retryable', 'kafka.KAFKAJS_UNKNOWN_ERROR_CODE'],
    [Object.assign(new Error('reset'), { code: 'ECONNRESET' }), 'Retryable', 'kafka.ECONNRESET'],
  ]
  for (const [error, name, reason] of cases) {
    const classified = classify(error, 'a call')
    assert.ok(classified instanceof Retryable || classified instanceof Refused, reason)
    assert.deepEqual([classified.name, classified.reason, classified.cause], [name, reason, error])
    assert.ok(classified.message.startsWith('a call: '))
  }
})

test('our own errors and bugs pass as they are', () => {
  const same = [new Fenced('f'), new Retryable('r', 'r'), new Refused('r', 'r'), new TypeError('a bug')]
  for (const error of same) assert.equal(classify(error, 'a call'), error)
  assert.equal(classify('text', 'a call').message, 'a call: text')
})

test('lost epochs and messages that are too large', () => {
  assert.ok([47, 49].map(createErrorFromCode).every(lostEpoch))
  assert.ok([10, 18].map(createErrorFromCode).every(tooLarge))
  assert.ok(!lostEpoch(createErrorFromCode(51)) && !tooLarge(createErrorFromCode(51)))
  assert.equal(reasonOf(null), 'unknown')
})
