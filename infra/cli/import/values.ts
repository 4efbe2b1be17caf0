/** Texts of the other file, in the form ours has. Each returns null for what it cannot read. */
import { canonicalAddress, formatWords, readAddress } from '#schemas/config/address.ts'
import { isLoopback, parseListen } from '#schemas/config/telemetry.ts'

const UNITS: ReadonlyMap<string, number> = new Map([
  ['ns', 1e-9], ['us', 1e-6], ['µs', 1e-6], ['μs', 1e-6], ['ms', 1e-3], ['s', 1], ['m', 60], ['h', 3600],
]) // biome-ignore format: a table
const DURATION = /^(?:\d+(?:\.\d*)?(?:ns|us|µs|μs|ms|s|m|h))+$/
const SIZES: ReadonlyMap<string, number> = new Map([
  ['', 1], ['b', 1], ['k', 1024], ['kb', 1024], ['m', 1024 ** 2], ['mb', 1024 ** 2], ['g', 1024 ** 3], ['gb', 1024 ** 3],
]) // biome-ignore format: a table

/** Seconds of a duration as Go writes it: `5s`, `1m30s`, `250ms`. A number alone is nanoseconds there: refused, but 0. */
export function seconds(text: string | number): number | null {
  if (text === 0 || text === '0') return 0
  if (typeof text === 'number' || text.length > 64 || !DURATION.test(text)) return null
  let sum = 0
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d*)?)([a-zµμ]+)/g)) sum += Number(number) * UNITS.get(unit!)!
  return sum
}

/** Bytes of `64mb`, `32k`, `1048576`. */
export function byteSize(text: string): number | null {
  const [, number, unit] = /^(\d{1,12})\s*([kmg]?b?)$/i.exec(text.trim()) ?? []
  return number === undefined ? null : Number(number) * SIZES.get(unit!.toLowerCase())!
}

/** `:9000` is all addresses, `localhost:9000` is 127.0.0.1. */
export function listenAddress(text: string): string | null {
  const own = text.replace(/^:/, '0.0.0.0:').replace(/^localhost:/, '127.0.0.1:')
  return parseListen(own) === null ? null : own
}

export function isRemote(listen: string): boolean {
  return !isLoopback(parseListen(listen)?.host ?? '')
}

/** A block with nothing beyond its prefix, as Go reads one: `10.1.2.3/8` is `10.0.0.0/8`. What is no block stays as it is. */
export function block(text: string): string {
  const [address = '', bits] = text.split('/')
  const words = new Uint32Array(4)
  const family = readAddress(address, words)
  const width = family === 4 ? 32 : 128
  if (family === 0 || bits === undefined || !/^\d{1,3}$/.test(bits) || Number(bits) > width) return text
  if (family === 4 && address.includes(':')) return text
  const masked = words.map((word, i) => (word & maskOf(Number(bits), i)) >>> 0)
  return `${formatWords(family, masked)}/${bits}`
}

function maskOf(bits: number, word: number): number {
  const left = bits - 32 * word
  if (left <= 0) return 0
  return left >= 32 ? -1 : -1 << (32 - left)
}

export function isAddress(text: string): boolean {
  return canonicalAddress(text) !== null
}
