/**
 * Which partition a key belongs to: Kafka's default partitioner, so that every log and every client agrees.
 *
 * partition = (murmur2(key) & 0x7fffffff) % partitions. Kafka spreads records without a key at random; here they go to
 * partition 0, because a choice that is not a function of the record would differ between a run and its replay.
 */

const SEED = 0x9747b28c
const M = 0x5bd1e995
const R = 24

/** 32-bit MurmurHash2 as Kafka computes it: signed result, little-endian words. */
export function murmur2(bytes: Uint8Array): number {
  const { length } = bytes
  const words = length & ~3
  let hash = SEED ^ length
  for (let at = 0; at < words; at += 4) {
    let word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    word = Math.imul(word, M)
    word ^= word >>> R
    hash = Math.imul(hash, M) ^ Math.imul(word, M)
  }
  const rest = length - words
  if (rest === 3) hash ^= bytes[words + 2]! << 16
  if (rest >= 2) hash ^= bytes[words + 1]! << 8
  if (rest >= 1) hash = Math.imul(hash ^ bytes[words]!, M)
  hash ^= hash >>> 13
  hash = Math.imul(hash, M)
  return hash ^ (hash >>> 15)
}

/** `partitions` is at least 1. A null key gives 0. */
export function partitionOf(key: Uint8Array | null, partitions: number): number {
  if (key === null) return 0
  return (murmur2(key) & 0x7fffffff) % partitions
}
