import { describe } from 'node:test'
import { commitLaws } from '#test/suites/bus/commit.ts'
import { compactionLaws } from '#test/suites/bus/compaction.ts'
import type { OpenedBus } from '#test/suites/bus/harness.ts'
import { membershipLaws } from '#test/suites/bus/membership.ts'
import { recordLaws } from '#test/suites/bus/records.ts'
import { topicLaws } from '#test/suites/bus/topics.ts'
import { writerLaws } from '#test/suites/bus/writers.ts'

/**
 * The laws of schemas/contracts/bus.ts, for every implementation. Nothing here assumes that offsets are dense across
 * transactions (Kafka's are not) or that a member gets its partitions at once; waiting is polling with a deadline.
 * `open` gives an empty log, or one that other tests use too: topics and groups get names of their own.
 */
export function busSuite(name: string, open: () => Promise<OpenedBus>): void {
  describe(`message log: ${name}`, () => {
    topicLaws(open)
    recordLaws(open)
    compactionLaws(open)
    commitLaws(open)
    membershipLaws(open)
    writerLaws(open)
  })
}
