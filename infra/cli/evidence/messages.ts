/** Evidence of what a proxy mirrored: there are no packets, so the request and the response as they were taken, as JSON lines. */

import type { Bus } from '#schemas/contracts/bus.ts'
import { isoTime } from '#schemas/json/time.ts'
import { checkMessage } from '#schemas/message/message.ts'
import { Segment } from '#schemas/records/segment.ts'
import { type Conversation, piecesOf } from './conversation.ts'

/** One line for each half, newline included. Bodies are in base64. */
export async function* messageLines(bus: Bus, conversation: Conversation): AsyncGenerator<string> {
  const segment = new Segment()
  for await (const { offset, batch, takes } of piecesOf(bus, conversation)) {
    segment.reset(batch)
    while (segment.next()) {
      if (!takes(segment)) continue
      const { half } = checkMessage(segment.payload)
      const { sensor, source } = batch
      const stored = { topic: 'segments', partition: conversation.partition, offset, sensor, source }
      const message = {
        ...half,
        start: isoTime(half.start),
        end: isoTime(half.end),
        body: Buffer.from(half.body).toString('base64'),
      }
      yield `${JSON.stringify({ stored: { ...stored, taken: isoTime(segment.time) }, message })}\n`
    }
  }
}
