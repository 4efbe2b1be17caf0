import { type FileHandle, open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { z } from 'zod'
import { Retryable, Usage } from '#schemas/contracts/errors.ts'
import type { RefusedRecord, Sink, SinkSpec } from '#schemas/contracts/sink.ts'
import type { Detection } from '#schemas/records/detection.ts'

const config = z.strictObject({
  path: z.string().min(1).describe('File that lines are appended to; it is created when it is missing'),
})

/** Errors of the file that go away without anybody touching Tapwire. */
const PASSING = new Set(['ENOSPC', 'EDQUOT', 'EIO'])

class Example implements Sink<Detection> {
  readonly #file: FileHandle

  constructor(file: FileHandle) {
    this.#file = file
  }

  /** One write per batch, so that lines of two processes never mix. */
  async write(batch: readonly Detection[]): Promise<readonly RefusedRecord[]> {
    try {
      await this.#file.appendFile(batch.map(line).join(''))
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? ''
      if (PASSING.has(code)) throw new Retryable('file-refused', `cannot append (${code})`, { cause: error })
      throw error
    }
    return []
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close()
  }
}

/** id TAB time TAB client TAB rule TAB host and path. JSON text keeps control characters of an attacker out of the file. */
function line({ id, time, client, rule, host, path }: Detection): string {
  const at = new Date(time / 1000).toISOString()
  return `${[id, at, client.ip, rule].join('\t')}\t${JSON.stringify(host + path)}\n`
}

export default {
  kind: 'sink',
  name: 'example',
  summary: 'Appends one tab-separated line per detection to a file',
  config,
  topics: () => ['detections'],
  async open({ path }, host) {
    try {
      return new Example(await open(resolve(host.directory, path), 'a'))
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      throw new Usage(`sink example: cannot write to ${path} (${code}): name a file in a folder that exists`)
    }
  },
} satisfies SinkSpec<z.infer<typeof config>, Detection>
