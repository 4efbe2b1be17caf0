/** Waits until every partition has all its copies again: before that, another dead broker may take the last one. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Admin } from 'kafkajs'

const LOOK_MS = 250

/** Ends early when `signal` aborts. */
export async function inSync(admin: Admin, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const { topics } = await admin.fetchTopicMetadata()
      const behind = topics
        .flatMap(topic => topic.partitions)
        .filter(({ isr, replicas }) => isr.length < replicas.length)
      if (behind.length === 0) return
    } catch {
      // Its broker may be the one that was stopped: it asks another one next time.
    }
    await delay(LOOK_MS, undefined, { signal }).catch(() => {})
  }
}
