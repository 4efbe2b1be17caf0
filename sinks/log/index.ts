/** Detections, exchanges and anomalies as lines of text (schemas/forms), to a file that rotates or to standard output. */
import { resolve } from 'node:path'
import type { RefusedRecord, Sink, SinkHost, SinkRecord, SinkSpec } from '#schemas/contracts/sink.ts'
import { formLine } from '#schemas/forms/form.ts'
import { type Config, config } from './config.ts'
import { LineFile } from './file.ts'

const NONE: readonly RefusedRecord[] = []

class FileSink implements Sink<SinkRecord> {
  readonly #file: LineFile
  readonly #config: Config

  constructor(config: Config, directory: string) {
    this.#config = config
    this.#file = new LineFile(resolve(directory, config.path), config)
  }

  async write(batch: readonly SinkRecord[], signal: AbortSignal): Promise<readonly RefusedRecord[]> {
    signal.throwIfAborted()
    this.#file.append(linesOf(batch, this.#config))
    if (this.#config.fsync) this.#file.flush()
    return NONE
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#file[Symbol.asyncDispose]()
  }
}

class StdoutSink implements Sink<SinkRecord> {
  readonly #stdout: NodeJS.WritableStream
  readonly #config: Config

  constructor(config: Config, stdout: NodeJS.WritableStream) {
    this.#config = config
    this.#stdout = stdout
  }

  async write(batch: readonly SinkRecord[], signal: AbortSignal): Promise<readonly RefusedRecord[]> {
    signal.throwIfAborted()
    const text = linesOf(batch, this.#config)
      .map(line => `${line}\n`)
      .join('')
    await new Promise<void>((done, failed) => {
      this.#stdout.write(text, error => (error ? failed(error) : done()))
    })
    return NONE
  }

  /** Standard output belongs to the process. */
  async [Symbol.asyncDispose](): Promise<void> {}
}

/** Without those that the form has no line for. */
function linesOf(batch: readonly SinkRecord[], config: Config): string[] {
  return batch.map(record => formLine(config.form, record, config)).filter(line => line !== null)
}

const spec: SinkSpec<Config, SinkRecord> = {
  kind: 'sink',
  name: 'log',
  summary: 'JSON lines, ECS, OCSF, CEF, LEEF or an access log, to a file that rotates or to standard output',
  config,
  topics: config => config.topics,
  open: async (config: Config, host: SinkHost) =>
    config.to === 'stdout' ? new StdoutSink(config, host.stdout) : new FileSink(config, host.directory),
}

export default spec
