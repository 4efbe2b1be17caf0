/**
 * Signatures as standardwebhooks.com describes them, so that receivers can use the libraries that exist:
 *
 *   webhook-id         names the batch; the same when it is sent again
 *   webhook-timestamp  seconds since 1970, of this try
 *   webhook-signature  signature *( SP signature )        signature = "v1," base64(HMAC-SHA256(key, id "." timestamp "." body))
 *   webhook-key-id     our addition: the ids of the keys, in the order of the signatures
 *
 * `body` is what is sent, compressed or not: a receiver can check it before it spends anything on it.
 */
import { createHmac } from 'node:crypto'
import type { Secret } from '#schemas/config/secret.ts'
import { Usage } from '#schemas/contracts/errors.ts'

/** Shortest key, in bytes: as the specification has it. */
const MIN_KEY = 24
const PREFIX = 'whsec_'

export class Signer {
  readonly #keys: readonly { readonly id: string; readonly key: Buffer }[]

  /** Throws `Usage` when a key is too short or no base64. */
  constructor(keys: readonly { readonly id: string; readonly secret: Secret }[]) {
    this.#keys = keys.map(({ id, secret }) => ({ id, key: keyOf(id, secret.reveal()) }))
  }

  /** Headers for `body`. `now`: ms since 1970. */
  headers(batch: string, body: Uint8Array, now: number): Record<string, string> {
    const timestamp = String(Math.floor(now / 1000))
    const signatures = this.#keys.map(({ key }) => {
      const hmac = createHmac('sha256', key).update(`${batch}.${timestamp}.`).update(body)
      return `v1,${hmac.digest('base64')}`
    })
    return {
      'webhook-id': batch,
      'webhook-timestamp': timestamp,
      'webhook-signature': signatures.join(' '),
      'webhook-key-id': this.#keys.map(({ id }) => id).join(' '),
    }
  }
}

function keyOf(id: string, text: string): Buffer {
  const encoded = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : null
  if (encoded !== null && !/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) {
    throw new Usage(`webhook sink: key ${id} begins with ${PREFIX}, but is no base64 behind it`)
  }
  const key = encoded === null ? Buffer.from(text) : Buffer.from(encoded, 'base64')
  if (key.length < MIN_KEY) {
    throw new Usage(
      `webhook sink: key ${id} has ${key.length} bytes, ${MIN_KEY} are needed: openssl rand -hex 32 makes one`,
    )
  }
  return key
}
