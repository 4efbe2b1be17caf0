/** What is in the topics and in the sink's file after a run, against what should be there. */
import { createReadStream, existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { decodeRecord } from '#schemas/avro/records.ts'
import type { Bus } from '#schemas/contracts/bus.ts'
import type { Detection } from '#schemas/records/detection.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import { type Expected, type Kind, kindOf } from './expected.ts'

/** Id → where it was found, one entry per time. */
export type Places = ReadonlyMap<string, readonly string[]>

export interface Comparison {
  readonly expected: number
  readonly lost: readonly string[]
  readonly twice: readonly string[]
  /** Found, and not in the undisturbed run. */
  readonly strange: readonly string[]
}

const TOPIC_OF = { exchange: 'exchanges', detection: 'detections' } as const satisfies Record<Kind, string>

/** Read committed. */
export async function inTopic(bus: Bus, kind: Kind): Promise<Places> {
  const topic = TOPIC_OF[kind]
  const places = new Map<string, string[]>()
  for (let partition = 0; partition < bus.partitions(topic); partition++) {
    for await (const batch of bus.read(topic, partition, 0)) {
      for (const { offset, value } of batch.records) {
        const { id, origin } = decodeRecord(topic, value!) as Exchange | Detection
        const from = origin.log === null ? '' : ` of segments/${origin.log.partition} ${origin.log.offsets.join('-')}`
        add(places, id, `${topic}/${partition} at ${offset}${from}`)
      }
    }
  }
  return places
}

export async function inSink(path: string): Promise<Readonly<Record<Kind, Places>>> {
  const places = { exchange: new Map<string, string[]>(), detection: new Map<string, string[]>() }
  if (!existsSync(path)) return places
  let number = 0
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const { type, id } = JSON.parse(line) as { readonly type: Parameters<typeof kindOf>[0]; readonly id: string }
    add(places[kindOf(type)], id, `line ${++number}`)
  }
  return places
}

export function compare(kind: Kind, places: Places, expected: Expected): Comparison {
  const want = expected.ids[kind]
  const said = (id: string): string => `${kind} ${id} (${want.get(id) ?? 'not in the undisturbed run'})`
  return {
    expected: want.size,
    lost: [...want.keys()].filter(id => !places.has(id)).map(said),
    twice: [...places].flatMap(([id, where]) => (where.length > 1 ? [`${said(id)}: ${where.join(', ')}`] : [])),
    strange: [...places].flatMap(([id, where]) => (want.has(id) ? [] : [`${said(id)}: ${where.join(', ')}`])),
  }
}

function add(places: Map<string, string[]>, id: string, place: string): void {
  const there = places.get(id)
  if (there === undefined) places.set(id, [place])
  else there.push(place)
}
