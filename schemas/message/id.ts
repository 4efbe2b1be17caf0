import { Refused } from '#schemas/contracts/errors.ts'
import { deterministicId } from '#schemas/records/id.ts'
import { KIND, type Segment } from '#schemas/records/segment.ts'
import { checkMessage } from './message.ts'

/**
 * Id of the connection of a mirrored exchange. The proxy does not say where connections begin and end, so each exchange has one
 * of its own; and no sensor is in it, since the halves may have come through two of them.
 */
export function connectionIdOf(message: string): string {
  return deterministicId('message', message)
}

/** The id in the message that a segment holds; null when it holds none that can be read. */
export function messageIdOf(segment: Segment): string | null {
  if (segment.kind !== KIND.message) return null
  try {
    return checkMessage(segment.payload).half.id
  } catch (error) {
    if (error instanceof Refused) return null
    throw error
  }
}
