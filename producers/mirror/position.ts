/** What a mirror goes on with after a restart: its numbers and its clock. What was sent meanwhile is gone. */
import { z } from 'zod'

const whole = z.int().min(0)
const Position = z.strictObject({
  /** Number of the last datagram. */
  packets: whole,
  /** Highest capture time, µs. */
  time: whole,
})
export type Position = z.output<typeof Position>

/** One of another version starts over: it only makes numbers unique. */
export function positionOf(plain: unknown): Position {
  return Position.safeParse(plain).data ?? { packets: 0, time: 0 }
}
