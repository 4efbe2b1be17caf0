/** What a live source goes on with after a restart: its numbers and its clock, not its packets. */
import { z } from 'zod'

const whole = z.number().int().nonnegative()
const Position = z.strictObject({
  /** Number of the last packet. */
  packets: whole,
  /** Highest capture time, µs. */
  time: whole,
})
export type Position = z.infer<typeof Position>

/** One that is of another version starts over: nothing can be missed by that. */
export function positionOf(plain: unknown): Position {
  const { data } = Position.safeParse(plain)
  return data ?? { packets: 0, time: 0 }
}
