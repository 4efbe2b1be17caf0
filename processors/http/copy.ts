/** A copy of plain data that shares nothing with it. Bytes are copied alone, not with the buffer that they are a part of. */
export function copyPlain<T>(plain: T): T {
  if (plain instanceof Uint8Array) return plain.slice() as T
  if (Array.isArray(plain)) return plain.map(copyPlain) as T
  if (plain === null || typeof plain !== 'object') return plain
  return Object.fromEntries(Object.entries(plain).map(([key, value]) => [key, copyPlain(value)])) as T
}
