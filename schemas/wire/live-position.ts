/** What a live source goes on with after a restart: its numbers and its clock, not its packets. What came meanwhile is gone. */
import { z } from 'zod'

const whole = z.int().min(0)
const LivePosition = z.strictObject({
  /** Number of the last packet. */
  packets: whole,
  /** Highest capture time, µs. */
  time: whole,
})
export type LivePosition = z.output<typeof LivePosition>

/** One of another version starts over: it only makes numbers unique. */
export function livePosition(plain: unknown): LivePosition {
  return LivePosition.safeParse(plain).data ?? { packets: 0, time: 0 }
}
