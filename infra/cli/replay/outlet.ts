/** Where results of a replay go: lines to a stream or file, records to other topics of the log. */

import { type FileHandle, open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { retry } from '#infra/runtime/retry.ts'
import { encodeRecord } from '#schemas/avro/records.ts'
import { TOPICS, type TopicName, type TopicSpec } from '#schemas/avro/topics.ts'
import type { Bus, Raw } from '#schemas/contracts/bus.ts'
import { Usage } from '#schemas/contracts/errors.ts'
import type { Io } from '../command.ts'
import { lineOf, lineTypeOf } from '../line.ts'
import type { LineType } from '../pipeline.ts'

export interface Outlet {
  value(topic: string, key: string, value: unknown, time: number): void
  /** To be called between records: waits when enough has come together. */
  flush(): Promise<void>
  /** All that came is where it should be. */
  end(): Promise<void>
}

/** Characters of lines that are written at once, and bytes of records that are appended at once. */
const CHUNK = 256 * 1024
const APPEND = 1024 * 1024

/** Text that is written in chunks, waiting for the other side, so that memory stays bounded when it is slow. */
export class TextOut {
  readonly #write: (text: string) => Promise<void>
  readonly #close: () => Promise<void>
  #lines: string[] = []
  #length = 0

  constructor(write: (text: string) => Promise<void>, close: () => Promise<void>) {
    this.#write = write
    this.#close = close
  }

  line(text: string): void {
    this.#lines.push(text, '\n')
    this.#length += text.length + 1
  }

  async flush(least = CHUNK): Promise<void> {
    if (this.#length < least || this.#length === 0) return
    const text = this.#lines.join('')
    this.#lines = []
    this.#length = 0
    await this.#write(text)
  }

  async end(): Promise<void> {
    await this.flush(0)
    await this.#close()
  }
}

/** To standard output, or to `file`, which is emptied first. Throws `Usage` when that cannot be written. */
export async function openText(file: string | undefined, io: Io): Promise<TextOut> {
  if (file === undefined || file === '-')
    return new TextOut(
      text => written(io, text),
      async () => {},
    )
  let handle: FileHandle
  try {
    handle = await open(resolve(io.cwd, file), 'w')
  } catch (error) {
    throw new Usage(`${file}: cannot be written (${(error as NodeJS.ErrnoException).code}): choose another file`)
  }
  return new TextOut(
    async text => void (await handle.write(text)),
    () => handle.close(),
  )
}

async function written(io: Io, text: string): Promise<void> {
  if (!io.stdout.write(text)) await new Promise<void>(resolve => io.stdout.once('drain', resolve))
}

export function linesTo(text: TextOut, types: readonly LineType[], bodies: boolean): Outlet {
  return {
    value: (topic, _key, value) => {
      if (types.includes(lineTypeOf(topic, value))) text.line(lineOf(topic, value, bodies))
    },
    flush: () => text.flush(),
    end: () => text.end(),
  }
}

/** `replay-1` and `detections` give `replay-1.detections`. */
export function topicUnder(prefix: string, topic: string): string {
  return `${prefix}.${topic}`
}

/**
 * To topics of their own, made as those of a live run are. Throws `Usage` when one of them holds records already: what two
 * replays found would not be told apart.
 */
export async function openTopics(bus: Bus, prefix: string, topics: readonly TopicName[], io: Io): Promise<Outlet> {
  await bus.ensure(topics.map((topic): TopicSpec => ({ ...TOPICS[topic], name: topicUnder(prefix, topic) })))
  for (const topic of topics) {
    const name = topicUnder(prefix, topic)
    for (let partition = 0; partition < bus.partitions(name); partition++) {
      if ((await bus.bounds(name, partition)).next > 0)
        throw new Usage(`topic ${name} holds results already: choose another prefix with --to-topic`)
    }
  }
  let records: Raw[] = []
  let bytes = 0
  const append = async (): Promise<void> => {
    if (records.length === 0) return
    const batch = records
    records = []
    bytes = 0
    await retry(() => bus.append(batch), io.signal, { firstMs: 50, maxMs: 5000 })
  }
  return {
    value: (topic, key, value, time) => {
      const encoded = encodeRecord(topic, value)
      records.push({ topic: topicUnder(prefix, topic), key: Buffer.from(key), value: encoded, time })
      bytes += encoded.length
    },
    flush: async () => {
      if (bytes >= APPEND) await append()
    },
    end: append,
  }
}
