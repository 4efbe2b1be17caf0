/**
 * What masking costs an exchange on its way into the log, beside encoding it (Avro), in the same run; and whether the dearest texts
 * known take longer per character when they are longer.
 *
 *   node test/bench/masking.bench.ts
 */
import { maskRecords } from '#infra/runtime/masking/index.ts'
import { Masker } from '#infra/runtime/masking/masker.ts'
import { encodeRecord } from '#schemas/avro/records.ts'
import { masking } from '#schemas/config/masking.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import { harmlessRequests, loadRequests } from './inspect/requests.ts'

const KEY = new Uint8Array(32)
const ROUNDS = 5

/** CPU nanoseconds, the best of some rounds. */
function time(run: () => void): number {
  run()
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i < ROUNDS; i++) {
    const start = process.cpuUsage()
    run()
    const { user, system } = process.cpuUsage(start)
    best = Math.min(best, (user + system) * 1000)
  }
  return best
}

function compare(title: string, exchanges: readonly Exchange[]): void {
  const mask = maskRecords(masking.parse(undefined), KEY)
  const masked = time(() => exchanges.forEach(one => void mask('exchanges', one))) / exchanges.length
  const encoded = time(() => exchanges.forEach(one => void encodeRecord('exchanges', one))) / exchanges.length
  console.log(
    `${title}: ${masked.toFixed(0)} ns to mask, ${encoded.toFixed(0)} ns to encode an exchange: ${(masked / encoded).toFixed(2)} times`,
  )
}

compare('load capture', loadRequests(2000))
const harmless = harmlessRequests()
if (harmless === null) console.log('harmless requests: skipped, the shared corpus is not here')
else compare('harmless requests', harmless)

const UNITS = [
  '"a":', '\\"', 'password=', 'a=b%20', '<a ', '<secret>', 'name="', '{"password":[', '"token":"', 'eyJ.', '4 ', 'a@b.', '+1 ',
  'A'.repeat(30), '://a:', 'Bearer ', '%25', 'name="a"\n\n', 'pin: ',
] // biome-ignore format: a table
const masker = new Masker(masking.parse({ classes: { email: 'mask', phone: 'mask', iban: 'mask' } }), KEY)
for (const unit of UNITS) {
  const perChar = (length: number): number => {
    const text = unit.repeat(Math.ceil(length / unit.length))
    return time(() => masker.text(text)) / text.length
  }
  const [short, long] = [perChar(20_000), perChar(160_000)]
  console.log(
    `  ${JSON.stringify(unit).padEnd(36)} ${short.toFixed(1).padStart(8)} ns a character, eight times as long ${long.toFixed(1).padStart(8)}${long > 3 * short ? '  <-- NOT LINEAR' : ''}`,
  )
}
