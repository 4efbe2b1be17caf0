/** How values look in Kafka, where that is not as they are inside: Avro's single-object encoding (schemas/avro/codec.ts). */
import type { LogRecord, Raw } from '#schemas/contracts/bus.ts'

/** A topic whose values are going to be written. */
export interface FormatTopic {
  readonly kafkaName: string
  /** Name of the schema of its values (schemas/avro). */
  readonly schema: string
}

export interface ValueFormat {
  /**
   * Called when topics are ensured, so that what is wrong shows when a node starts. Throws `Usage` when somebody must change
   * something, `Retryable` when it may be repeated.
   */
  prepare(topics: readonly FormatTopic[]): Promise<void>
  /** On their way into Kafka. `kafkaNameOf`: the topic's name there. Throws `Retryable`. Values of `records` stay as they are. */
  encode(records: readonly Raw[], kafkaNameOf: (topic: string) => string): Promise<readonly Raw[]>
  /** As they came from Kafka. What it cannot read passes as it is: whoever decodes it says what is wrong. Throws `Retryable`. */
  decode(records: readonly LogRecord[]): Promise<readonly LogRecord[]>
}
