/** The two sides of a connection: what a reader of requests does otherwise than a reader of responses. */
import type { Place } from '#schemas/contracts/protocol.ts'
import { type Draft, draft } from '../../message/message.ts'
import type { Fields } from './fields.ts'
import { KnownLines } from './known.ts'
import { lookAtRequest, requestHead } from './request.ts'
import { responseHead, simpleResponse } from './response.ts'
import { type Found, seekRequest, seekResponse } from './seek.ts'
import {
  parseRequestLine,
  parseStatusLine,
  plainRequestLine,
  plainStatusLine,
  type RequestLine,
  type StatusLine,
} from './start-line.ts'
import type { Side, State } from './states.ts'

export interface RequestOwner {
  requestBegan(message: Draft): boolean
  requestComplete(message: Draft): State
  lost(dir: 0): void
}

export interface ResponseOwner {
  lookAtResponse(bytes: Uint8Array, at: number): 'message' | 'garbage' | 'more' | 'simple'
  answeredMethod(status: number, time: number): string
  responseBegan(message: Draft): boolean
  responseComplete(message: Draft): State
  lost(dir: 1): void
}

const REQUEST_LINES = new KnownLines()
const RESPONSE_LINES = new KnownLines()

export class RequestSide implements Side<RequestLine> {
  readonly #owner: RequestOwner

  constructor(owner: RequestOwner) {
    this.#owner = owner
  }

  get known(): KnownLines {
    return REQUEST_LINES
  }

  get skipsLines(): boolean {
    return true
  }

  look(bytes: Uint8Array, at: number): 'message' | 'garbage' {
    return lookAtRequest(bytes[at]!)
  }

  seek(bytes: Uint8Array, at: number): Found {
    return seekRequest(bytes, at)
  }

  startLine(line: string): RequestLine | null {
    return parseRequestLine(line, false)
  }

  plainStartLine(bytes: Uint8Array, from: number, to: number, blanks: number): RequestLine | null {
    return plainRequestLine(bytes, from, to, blanks)
  }

  isSimple(line: RequestLine): boolean {
    return line.version === '0.9'
  }

  head(line: RequestLine, fields: Fields, anomalies: string[], first: Place): Draft {
    return requestHead(line, fields, anomalies, first)
  }

  simpleHead(first: Place): Draft {
    return draft(first)
  }

  began(message: Draft): boolean {
    return this.#owner.requestBegan(message)
  }

  complete(message: Draft): State {
    return this.#owner.requestComplete(message)
  }

  lost(): void {
    this.#owner.lost(0)
  }
}

export class ResponseSide implements Side<StatusLine> {
  readonly #owner: ResponseOwner

  constructor(owner: ResponseOwner) {
    this.#owner = owner
  }

  get known(): KnownLines {
    return RESPONSE_LINES
  }

  get skipsLines(): boolean {
    return false
  }

  look(bytes: Uint8Array, at: number): 'message' | 'garbage' | 'more' | 'simple' {
    return this.#owner.lookAtResponse(bytes, at)
  }

  seek(bytes: Uint8Array, at: number): Found {
    return seekResponse(bytes, at)
  }

  startLine(line: string): StatusLine | null {
    return parseStatusLine(line, false)
  }

  plainStartLine(bytes: Uint8Array, from: number, to: number): StatusLine | null {
    return plainStatusLine(bytes, from, to)
  }

  isSimple(): boolean {
    return false
  }

  head(line: StatusLine, fields: Fields, anomalies: string[], first: Place): Draft {
    return responseHead(line, fields, this.#owner.answeredMethod(line.status, first.time), anomalies, first)
  }

  simpleHead(first: Place): Draft {
    this.#owner.answeredMethod(200, first.time)
    return simpleResponse(first)
  }

  began(message: Draft): boolean {
    return this.#owner.responseBegan(message)
  }

  complete(message: Draft): State {
    return this.#owner.responseComplete(message)
  }

  lost(): void {
    this.#owner.lost(1)
  }
}
