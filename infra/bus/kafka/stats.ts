/** Monotone counters of one Kafka log. */
export interface KafkaStats {
  /** Transactions that were committed, and the milliseconds they took. */
  commits: number
  commitMs: number
  /** Transactions that failed on the way: tried again, or given up. */
  aborts: number
  /** Leases and writers that lost their place to another owner. */
  fenced: number
  /** Transactions that a coordinator forgot to end, and that were aborted here. */
  forgotten: number
  /** Key and value bytes. */
  producedBytes: number
  fetchedBytes: number
  /** Fetches that failed and were repeated. */
  fetchErrors: number
  /** Times the partitions of this member were shared out anew. */
  rebalances: number
  leasesTaken: number
}

export function newStats(): KafkaStats {
  return {
    commits: 0,
    commitMs: 0,
    aborts: 0,
    fenced: 0,
    forgotten: 0,
    producedBytes: 0,
    fetchedBytes: 0,
    fetchErrors: 0,
    rebalances: 0,
    leasesTaken: 0,
  }
}
