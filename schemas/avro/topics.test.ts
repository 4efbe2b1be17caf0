import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfig } from '#schemas/config/load.ts'
import { rootSchema } from '#schemas/config/root.ts'
import { TOPICS, type TopicSpec } from './topics.ts'

test('what the default retentions keep fits the default log, so that producers need not wait for space', () => {
  const { log } = loadConfig('', 'defaults', rootSchema([]))
  assert.ok(log.kind === 'embedded')
  const kept = Object.values<TopicSpec>(TOPICS).map(
    topic => (topic.retention?.bytes ?? 0) * (topic.partitions ?? log.partitions),
  )
  assert.ok(kept.reduce((sum, bytes) => sum + bytes, 0) < log.maxBytes)
})
