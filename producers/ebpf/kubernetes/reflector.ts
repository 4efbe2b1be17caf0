/**
 * Keeps a copy of one collection of the API server: a list, then what changes.
 *
 *   Listing ── all pages ──► Watching ── the server ends it, or silence ──► Watching, from the last version seen
 *      ▲  ▲                     │  └────── fails ──► Waiting ──────────────► Watching, from the last version seen
 *      │  └──── Waiting ◄───────┤ version too old (410), or an event that cannot be read: one has been missed
 *      └─────── Waiting ◄─── a list fails
 *
 * While it fails, the copy stays as it was. Waiting: 1 s, doubled up to 30 s, of which a random part of half is left out so
 * that not all nodes come back at once; longer when the server says so.
 */
import type { Api } from './client.ts'
import { LineTooLong, linesOf, textOf } from './lines.ts'
import { type KubeObject, readEvent, readList } from './objects.ts'

/** What the copy is made of; told in the order of the server. */
export interface Copy {
  /** All there is: what is not among them is gone. */
  replace(objects: readonly KubeObject[]): void
  put(object: KubeObject): void
  delete(object: KubeObject): void
}

export interface Collection {
  /** For messages: `pods`. */
  readonly name: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  /** Types of the answer: less than whole objects, where that is enough. */
  readonly accept: { readonly list: string; readonly watch: string }
}

export interface ReflectorOptions {
  readonly page: number
  readonly objectBytes: number
  readonly answerMs: number
  readonly silenceMs: number
}

export interface ReflectorCounts {
  readonly lists: number
  readonly watches: number
  readonly events: number
  readonly bookmarks: number
  /** Times that what was watched was too old. */
  readonly expired: number
  /** Objects and events that could not be read. */
  readonly malformed: number
  readonly failures: number
}

/** What tests bring of their own. */
export interface Pace {
  /** Monotone, ms. */
  now(): number
  sleep(ms: number, signal: AbortSignal): Promise<void>
  random(): number
}

const SHORTEST_WAIT_MS = 1000
const LONGEST_WAIT_MS = 30_000
/** A watch that the server ends before, without an event, is as good as failed. */
const LIVED_MS = 1000
/** How long a watch is asked to last: a random time, so that not all nodes come back at once. */
const WATCH_SECONDS = 300
const MOST_LIST_BYTES = 64 * 1024 ** 2

export class Reflector {
  readonly #api: Api
  readonly #collection: Collection
  readonly #copy: Copy
  readonly #options: ReflectorOptions
  readonly #pace: Pace
  /** Null: what there is has to be listed. */
  #version: string | null = null
  #listed = false
  #failures = 0
  #problem: string | null = null
  readonly #counts = { lists: 0, watches: 0, events: 0, bookmarks: 0, expired: 0, malformed: 0, failures: 0 }

  constructor(api: Api, collection: Collection, copy: Copy, options: ReflectorOptions, pace: Pace) {
    this.#api = api
    this.#collection = collection
    this.#copy = copy
    this.#options = options
    this.#pace = pace
  }

  /** Has there been a whole list? */
  get listed(): boolean {
    return this.#listed
  }

  /** Why the copy may be out of date, in one line; null when it is not. */
  get problem(): string | null {
    return this.#problem
  }

  stats(): ReflectorCounts {
    return { ...this.#counts }
  }

  /** Until the signal aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (this.#version === null) await this.#list(signal)
        else await this.#watch(this.#version, signal)
      } catch (error) {
        if (!signal.aborted) await this.#fail(error, signal)
      }
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { page, objectBytes, answerMs } = this.#options
    const objects: KubeObject[] = []
    let version = ''
    let rest: string | null = null
    do {
      const query = {
        ...this.#collection.query,
        limit: String(page),
        // The first list may come from the server's memory; later ones must not be older than what was seen.
        ...(this.#listed ? {} : { resourceVersion: '0' }),
        ...(rest === null ? {} : { continue: rest, resourceVersion: '' }),
      }
      const { path, accept } = this.#collection
      const late = AbortSignal.any([signal, AbortSignal.timeout(answerMs)])
      const answer = await this.#api.get(path, withoutEmpty(query), accept.list, late)
      const text = await textOf(answer.body, Math.min(page * objectBytes, MOST_LIST_BYTES))
      if (answer.status !== 200) throw new Unwelcome(answer.status, answer.retryAfter)
      const list = readList(text)
      if (list === null) throw new Malformed('a list that is none')
      this.#counts.malformed += list.malformed
      for (const object of list.objects) objects.push(object)
      version = list.version
      rest = list.rest
    } while (rest !== null)
    this.#copy.replace(objects)
    this.#version = version
    this.#listed = true
    this.#counts.lists++
    this.#failures = 0
    this.#problem = null
  }

  async #watch(from: string, signal: AbortSignal): Promise<void> {
    const { answerMs, silenceMs, objectBytes } = this.#options
    const begun = this.#pace.now()
    const over = new AbortController()
    let timer = setTimeout(() => over.abort(new Silence()), answerMs)
    try {
      const query = {
        ...this.#collection.query,
        watch: '1',
        allowWatchBookmarks: 'true',
        resourceVersion: from,
        timeoutSeconds: String(Math.round(WATCH_SECONDS * (1 + this.#pace.random()))),
      }
      const { path, accept } = this.#collection
      const answer = await this.#api.get(path, query, accept.watch, AbortSignal.any([signal, over.signal]))
      if (answer.status !== 200) {
        await textOf(answer.body, MOST_LIST_BYTES)
        throw new Unwelcome(answer.status, answer.retryAfter)
      }
      this.#counts.watches++
      this.#problem = null
      clearTimeout(timer)
      timer = setTimeout(() => over.abort(new Silence()), silenceMs)
      for await (const line of linesOf(answer.body, objectBytes)) {
        timer.refresh()
        this.#take(line)
      }
    } catch (error) {
      if (!(over.signal.aborted && over.signal.reason instanceof Silence)) throw error
    } finally {
      clearTimeout(timer)
      over.abort()
    }
    if (this.#pace.now() - begun >= LIVED_MS) this.#failures = 0
    else if (this.#version === from) throw new Error('the watch ended at once')
  }

  #take(line: string): void {
    const event = readEvent(line)
    switch (event?.type) {
      case 'put':
        this.#copy.put(event.object)
        break
      case 'delete':
        this.#copy.delete(event.object)
        break
      case 'bookmark':
        this.#counts.bookmarks++
        break
      case 'error':
        throw new Unwelcome(event.code, null)
      case undefined:
        throw new Malformed('an event that is none')
      default:
        event satisfies never
    }
    this.#counts.events++
    this.#version = event.version
    this.#failures = 0
  }

  async #fail(error: unknown, signal: AbortSignal): Promise<void> {
    const { name } = this.#collection
    const asked = error instanceof Unwelcome ? error.retryAfter : null
    if (error instanceof Unwelcome && error.status === 410) {
      this.#counts.expired++
      this.#version = null
    }
    if (error instanceof Malformed || error instanceof LineTooLong) {
      this.#counts.malformed++
      this.#version = null
    }
    if (error instanceof Unwelcome && error.status === 401) this.#renew()
    this.#counts.failures++
    this.#problem = `${name}: ${reasonOf(error, name)}`
    const wait = Math.min(SHORTEST_WAIT_MS * 2 ** Math.min(this.#failures++, 10), LONGEST_WAIT_MS)
    await this.#pace.sleep(Math.max(wait * (0.5 + this.#pace.random() / 2), asked ?? 0), signal)
  }

  /** What cannot be read now is tried with the credentials there are. */
  #renew(): void {
    try {
      this.#api.renew()
    } catch {
      this.#counts.failures++
    }
  }
}

function withoutEmpty(query: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''))
}

/** An answer that is no yes. */
class Unwelcome extends Error {
  readonly status: number
  readonly retryAfter: number | null
  constructor(status: number, retryAfter: number | null) {
    super(`the API server says ${status}`)
    this.status = status
    this.retryAfter = retryAfter
  }
}

class Malformed extends Error {}

class Silence extends Error {}

function reasonOf(error: unknown, name: string): string {
  const status = error instanceof Unwelcome ? error.status : 0
  if (status === 401) return 'the API server takes the token for none (401): is the service account still there?'
  if (status === 403) return `no right to list and watch ${name} (403): apply the ClusterRole of the deployment`
  if (status === 410) return 'what was watched is too old for the API server (410): listed anew'
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return 'the API server did not answer in time'
  const cause = wordsOf(error.cause)
  return cause === '' ? error.message : `${error.message}: ${cause}`
}

/** Several addresses were tried: the words are those of the last one. */
function wordsOf(cause: unknown): string {
  if (cause instanceof AggregateError) return wordsOf(cause.errors.at(-1))
  return cause instanceof Error ? cause.message : ''
}
