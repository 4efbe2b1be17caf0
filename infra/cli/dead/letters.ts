/**
 * The topic `dead`, read as a list. A letter is named by what it is about (group, topic, partition, offset, number in the
 * record, timer): the same thing refused again is the same letter. A retry leaves a mark: a record with the same name, no
 * bytes, and one of two reasons.
 *
 *   refused ──► open ── retry-failed (any number of times) ──► open ── retried ──► done
 */
import { decodeRecord, encodeRecord } from '#schemas/avro/records.ts'
import type { Bus, Raw } from '#schemas/contracts/bus.ts'
import { Refused, Usage } from '#schemas/contracts/errors.ts'
import type { DeadLetter } from '#schemas/records/dead.ts'
import { deterministicId } from '#schemas/records/id.ts'

export const RETRIED = 'retried'
export const RETRY_FAILED = 'retry-failed'

const TOPIC = 'dead'
const PARTITION = 0
/** Digits of an id that are shown, and the fewest that name one. */
export const SHOWN = 12
const FEWEST = 4

/** A letter without its bytes, and what became of it. */
export interface Entry extends Omit<DeadLetter, 'value'> {
  readonly id: string
  /** Where it stands in the topic. */
  readonly at: number
  readonly bytes: number
  readonly done: boolean
  /** Retries that failed, and what the last one said. */
  readonly tries: number
  readonly lastTry: string
}

/** All letters that are stored, oldest first. Without their bytes, so that the list fits into memory. */
export async function readLetters(bus: Bus): Promise<readonly Entry[]> {
  const entries = new Map<string, Entry>()
  for await (const { records } of bus.read(TOPIC, PARTITION, 0)) {
    for (const { offset, value } of records) {
      const letter = value === null ? null : decoded(value)
      if (letter === null) continue
      const id = idOf(letter)
      const known = entries.get(id)
      if (letter.reason === RETRIED) {
        if (known !== undefined) entries.set(id, { ...known, done: true, lastTry: letter.message })
      } else if (letter.reason === RETRY_FAILED) {
        if (known !== undefined) entries.set(id, { ...known, tries: known.tries + 1, lastTry: letter.message })
      } else if (known === undefined) {
        const { value: bytes, ...rest } = letter
        entries.set(id, { ...rest, id, at: offset, bytes: bytes?.length ?? 0, done: false, tries: 0, lastTry: '' })
      }
    }
  }
  return [...entries.values()]
}

/** The bytes that were refused; null for a timer. */
export async function bytesOf(bus: Bus, { at }: Entry): Promise<Uint8Array | null> {
  for await (const { records } of bus.read(TOPIC, PARTITION, at, at + 1)) {
    for (const { value } of records) return value === null ? null : decodeRecord(TOPIC, value).value
  }
  throw new Refused('expired', 'the letter is no longer stored')
}

/** The letter with this id, or the beginning of it, or `0/OFFSET` in the topic. Throws `Refused` or `Usage`. */
export function pick(entries: readonly Entry[], name: string): Entry {
  const place = /^(\d+)\/(\d+)$/.exec(name)
  if (place === null && !(name.length >= FEWEST && /^[0-9a-f]{1,24}$/.test(name)))
    throw new Usage(
      `${JSON.stringify(name.slice(0, 100))} names no letter: give its id (${FEWEST} digits at least) or 0/OFFSET`,
    )
  const found =
    place === null
      ? entries.filter(({ id }) => id.startsWith(name))
      : entries.filter(({ at }) => Number(place[1]) === PARTITION && at === Number(place[2]))
  if (found.length > 1) throw new Usage(`${name} is the beginning of ${found.length} ids: give more digits`)
  if (found.length === 0) throw new Refused('not-found', `no dead letter ${name} is stored`)
  return found[0]!
}

/** What a retry leaves behind. */
export function markOf(entry: Entry, reason: typeof RETRIED | typeof RETRY_FAILED, message: string): Raw {
  const { group, topic, partition, offset, index, timer, stage, time } = entry
  const letter: DeadLetter = {
    ...{ group, topic, partition, offset, index, timer, stage, time },
    ...{ reason, message: message.slice(0, 1000), value: null },
  }
  return { topic: TOPIC, key: null, value: encodeRecord(TOPIC, letter), time }
}

function idOf({ group, topic, partition, offset, index, timer }: DeadLetter): string {
  const timed = timer === null ? '' : `${timer.stage}:${timer.order}`
  return deterministicId(group, topic, String(partition), String(offset), String(index), timed)
}

function decoded(value: Uint8Array): DeadLetter | null {
  try {
    return decodeRecord(TOPIC, value)
  } catch (error) {
    if (error instanceof Refused) return null
    throw error
  }
}
