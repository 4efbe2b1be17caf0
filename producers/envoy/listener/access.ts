/** Who may talk to this server. */
import { hash, timingSafeEqual } from 'node:crypto'
import { CidrSet } from '#schemas/config/net.ts'
import { Usage } from '#schemas/contracts/errors.ts'
import type { Config } from '../config.ts'
import type { Peer } from './peer.ts'

/** A shorter one can be guessed. */
const SHORTEST_TOKEN = 16
const BEARER = /^bearer +(\S+) *$/i

/** 401: who are you? 403: not you. */
export interface Refusal {
  readonly status: 401 | 403
  readonly text: string
}

const NO_TOKEN: Refusal = { status: 401, text: 'authorization: Bearer <token> is missing\n' }
const WRONG_TOKEN: Refusal = { status: 401, text: 'authorization: the token is not the one that is configured\n' }
const WRONG_NAME: Refusal = { status: 403, text: 'no name in your certificate is one of tls.clientNames\n' }

export class Access {
  readonly #networks: CidrSet | null
  readonly #token: Buffer | null
  /** Of certificates, in lower case; null: all. */
  readonly names: ReadonlySet<string> | null

  /** Throws `Usage` when the token is too short. */
  constructor({ networks, token, tls }: Pick<Config, 'networks' | 'token' | 'tls'>) {
    this.#networks = networks.length === 0 ? null : new CidrSet(networks)
    const text = token?.reveal()
    if (text !== undefined && text.length < SHORTEST_TOKEN)
      throw new Usage(`token: ${SHORTEST_TOKEN} characters at least; make one with 'openssl rand -hex 32'`)
    this.#token = text === undefined ? null : digest(text)
    this.names = tls?.clientNames === undefined ? null : new Set(tls.clientNames.map(name => name.toLowerCase()))
  }

  /** May this address connect at all? */
  admits(address: string): boolean {
    return this.#networks === null || this.#networks.has(address)
  }

  /** Null: welcome. */
  refusal(peer: Peer, authorization: string | undefined): Refusal | null {
    if (!peer.named) return WRONG_NAME
    if (this.#token === null) return null
    const shown = BEARER.exec(authorization ?? '')?.[1]
    if (shown === undefined) return NO_TOKEN
    return timingSafeEqual(digest(shown), this.#token) ? null : WRONG_TOKEN
  }
}

/** Of equal length whatever the token's: what is compared takes the same time. */
function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer')
}
