/** How far a group is behind. */
import type { Bus } from '#schemas/contracts/bus.ts'

/** Records of each partition that the group has not committed yet. */
export async function lags(bus: Bus, group: string, topic: string): Promise<readonly number[]> {
  const positions = await bus.committed(group, topic)
  return Promise.all(
    positions.map(async (position, partition) => {
      const { first, next } = await bus.bounds(topic, partition)
      return Math.max(0, next - Math.max(position ?? first, first)) // a position may stand behind markers
    }),
  )
}

/** Of all partitions together. */
export async function lagOf(bus: Bus, group: string, topic: string): Promise<number> {
  return (await lags(bus, group, topic)).reduce((sum, lag) => sum + lag, 0)
}
