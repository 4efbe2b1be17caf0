/**
 * Answers about single records:
 *
 *   { "refused": [ { "index": 0, "answer": "why" } ] }      index: the record's place in the batch
 *
 * An empty body refuses nothing.
 */
import { z } from 'zod'
import { Retryable } from '#schemas/contracts/errors.ts'
import type { RefusedRecord } from '#schemas/contracts/sink.ts'
import type { Answer } from '#schemas/outgoing/client.ts'
import { plainText } from '#schemas/outgoing/text.ts'

const shape = z.object({
  refused: z.array(z.object({ index: z.int().min(0), answer: z.string().default('') })).default([]),
})

/** `size`: records of the batch. Throws `Retryable` when it cannot be understood: then nobody knows what was taken. */
export function refusedIn(answer: Answer, size: number, who: string): readonly RefusedRecord[] {
  const text = answer.body.toString('utf8').trim()
  if (text === '' && !answer.cut) return []
  const parsed = answer.cut ? null : shape.safeParse(parseJson(text))
  const refused = parsed?.data?.refused
  if (refused === undefined || refused.some(({ index }) => index >= size)) {
    const why = answer.cut
      ? 'an answer that is longer than answerBytes'
      : `what is no answer about records: ${plainText(text)}`
    throw new Retryable('unexpected-answer', `${who} gives ${why} (answers: status would not read it)`, {
      answered: true,
    })
  }
  const byIndex = new Map(refused.map(({ index, answer }) => [index, plainText(answer) || 'refused']))
  return [...byIndex].map(([index, answer]) => ({ index, answer }))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
