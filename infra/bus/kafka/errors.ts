/** What kafkajs throws, by what to do about it. */
import { Fenced, Refused, Retryable } from '#schemas/contracts/errors.ts'

/** What kafkajs wraps an error in when it repeated a call, or would not. */
const WRAPPERS = new Set(['KafkaJSNumberOfRetriesExceeded', 'KafkaJSNonRetriableError'])

/** The protocol's name of an error, Node's code, or kafkajs' name where no broker answered. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  if (WRAPPERS.has(error.name) && error.cause instanceof Error && error.cause !== error) return reasonOf(error.cause)
  const { type, code, name } = error as { readonly type?: unknown; readonly code?: unknown; readonly name: string }
  if (typeof type === 'string') return type
  return typeof code === 'string' ? code : name
}

/** Another producer with this transactional id was initialized, or the coordinator gave the transaction up. */
const LOST_EPOCH = new Set(['INVALID_PRODUCER_EPOCH', 'PRODUCER_FENCED', 'INVALID_PRODUCER_ID_MAPPING'])

export function lostEpoch(error: unknown): boolean {
  return LOST_EPOCH.has(reasonOf(error))
}

const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'])

export function tooLarge(error: unknown): boolean {
  return TOO_LARGE.has(reasonOf(error))
}

/** Will not go away by waiting: the user must change something. */
const FOR_GOOD = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  'INVALID_TRANSACTION_TIMEOUT',
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
  'UNSUPPORTED_VERSION',
  'KafkaJSSASLAuthenticationError',
  'KafkaJSServerDoesNotSupportApiKey',
  // TLS: the certificate of the broker, or of the configuration, is not the right one.
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'CERT_SIGNATURE_FAILURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

/** `what`: the call, for the message. Errors of ours pass as they are. */
export function classify(error: unknown, what: string): Error {
  if (error instanceof Retryable || error instanceof Refused || error instanceof Fenced) return error
  const reason = reasonOf(error)
  const message = `${what}: ${error instanceof Error ? error.message : String(error)}`
  if (FOR_GOOD.has(reason)) return new Refused(`kafka.${reason}`, message, { cause: error })
  if (error instanceof Error && (error.name.startsWith('KafkaJS') || 'code' in error)) {
    return new Retryable(`kafka.${reason}`, message, { cause: error })
  }
  return error instanceof Error ? error : new Error(message)
}
