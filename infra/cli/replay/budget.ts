/** How much of the log a replay may read, so that live traffic keeps the disk, the network and the processor. */
import { Usage } from '#schemas/contracts/errors.ts'
import { type TimeUnit, UNIT_US } from './when.ts'

const BYTES = /^(\d{1,12}(?:\.\d{1,3})?)\s?(kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB)$/
const SPAN = /^(\d{1,9})\s?(s|m|h)$/
const SIZE = { k: 1, K: 1, M: 2, G: 3, T: 4 } as const

export interface Budget {
  /** As it was given. */
  readonly text: string
  readonly bytes: number
  readonly ms: number
}

export const UNLIMITED: Budget = { text: '', bytes: Number.POSITIVE_INFINITY, ms: Number.POSITIVE_INFINITY }

/** `100MB`, `1.5GiB`: bytes read; `90s`, `5m`, `1h`: time. Throws `Usage`. */
export function parseBudget(text: string): Budget {
  const size = BYTES.exec(text)
  if (size !== null) {
    const unit = size[2]!
    const base = unit.includes('i') ? 1024 : 1000
    const bytes = Number(size[1]) * base ** SIZE[unit[0] as keyof typeof SIZE]
    if (bytes > 0) return { ...UNLIMITED, text, bytes }
  }
  const span = SPAN.exec(text)
  if (span !== null && Number(span[1]) > 0)
    return { ...UNLIMITED, text, ms: (Number(span[1]) * UNIT_US[span[2] as TimeUnit]) / 1000 }
  throw new Usage(`--budget ${JSON.stringify(text)}: expected bytes (100MB, 2GiB) or time (90s, 5m, 1h)`)
}
