/**
 * One cluster for all test files of a run. Test files are processes of their own; the runner keeps the clusters and gives
 * them out over a Unix socket: one JSON line with what is wanted, one with the brokers. A cluster is opened when it is first
 * asked for, and closed with the run.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type Brokers, type Cluster, keyOf, Unavailable, type Want } from './contract.ts'
import { brokersOf } from './members.ts'
import { openBrokers } from './open.ts'

/** Path of the runner's socket, for its test files. */
const VARIABLE = 'TAPWIRE_TEST_BROKERS'

type Answer = { readonly brokers: Brokers } | { readonly unavailable: string } | { readonly failed: string }

/** The runner's part, from when it is called until it is disposed. */
export function shareBrokers(): AsyncDisposable {
  const folder = mkdtempSync(join(tmpdir(), 'tapwire-run-'))
  const path = join(folder, 'brokers')
  const opened = new Map<string, Promise<Brokers | Cluster>>()
  const server = createServer({ allowHalfOpen: true }, socket => void answer(socket, opened)).listen(path)
  process.env[VARIABLE] = path
  return {
    async [Symbol.asyncDispose]() {
      delete process.env[VARIABLE]
      server.close()
      for (const outcome of await Promise.allSettled(opened.values())) {
        if (outcome.status === 'fulfilled' && 'close' in outcome.value) await outcome.value.close()
      }
      rmSync(folder, { recursive: true })
    },
  }
}

async function answer(socket: Socket, opened: Map<string, Promise<Brokers | Cluster>>): Promise<void> {
  const want: Want = JSON.parse(await text(socket))
  const cluster = opened.get(keyOf(want)) ?? openBrokers(want)
  opened.set(keyOf(want), cluster)
  socket.end(JSON.stringify(await describe(cluster)))
}

async function describe(cluster: Promise<Brokers>): Promise<Answer> {
  try {
    return { brokers: brokersOf(await cluster) }
  } catch (error) {
    if (error instanceof Unavailable) return { unavailable: error.message }
    return { failed: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

/** A test file's part: null when it runs by itself. Throws as `openBrokers` does. */
export function askForBrokers(want: Want): Promise<Brokers> | null {
  const path = process.env[VARIABLE]
  return path === undefined ? null : ask(path, want)
}

async function ask(path: string, want: Want): Promise<Brokers> {
  const socket = connect({ path, allowHalfOpen: true })
  socket.end(JSON.stringify(want))
  const answer: Answer = JSON.parse(await text(socket))
  if ('brokers' in answer) return answer.brokers
  if ('unavailable' in answer) throw new Unavailable(answer.unavailable)
  throw new Error(answer.failed)
}
