/**
 * How much of an exchange is inspected, by application, host and route: all, a sample, without its response, or only the
 * beginning of its bodies. What is left out is counted, in exchanges and bytes.
 */
import { z } from 'zod'
import type { Ctx } from '#schemas/contracts/processor.ts'
import type { Exchange, Message } from '#schemas/records/exchange.ts'
import { where } from './rules/schema.ts'
import { compileWhere } from './rules/where.ts'

const limit = z.int().min(0).max(1_073_741_824)

export const inspection = z
  .array(
    z.strictObject({
      where: where
        .omit({ points: true })
        .optional()
        .describe('Exchanges that it is about; all of it has to hold. Omitted: all'),
      sample: z
        .number()
        .min(0)
        .max(1)
        .default(1)
        .describe(
          'share of these exchanges that is inspected, chosen by their ids; the rest is counted (detect.skipped.sample)',
        ),
      responses: z
        .enum(['on', 'off'])
        .default('on')
        .describe('inspect what servers answer; off: counted (detect.skipped.response)'),
      maxRequestBody: limit
        .optional()
        .describe('bytes of a request body that are inspected; the rest is counted (detect.uninspected.request)'),
      maxResponseBody: limit
        .optional()
        .describe('bytes of a response body that are inspected; the rest is counted (detect.uninspected.response)'),
    }),
  )
  .max(1000)
  .default([])
  .describe(
    'less inspection for some exchanges: the first of these whose where holds counts; none: everything is inspected',
  )

export type InspectionConfig = z.infer<typeof inspection>

/** What is inspected of an exchange. */
export interface View {
  /** With bodies as far as they are looked at. */
  readonly exchange: Exchange
  readonly response: boolean
}

/** Null: nothing of it. */
export type Inspect = (exchange: Exchange, ctx: Pick<Ctx, 'count'>) => View | null

export function compileInspection(list: InspectionConfig): Inspect {
  if (list.length === 0) return exchange => ({ exchange, response: true })
  const rows = list.map(row => ({ ...row, holds: compileWhere(row.where).exchange }))
  return (exchange, ctx) => {
    const row = rows.find(({ holds }) => holds(exchange))
    if (row === undefined || exchange.mode === 'off') return { exchange, response: true }
    if (row.sample < 1 && shareOf(exchange.id) >= row.sample) {
      ctx.count('detect.skipped.sample')
      ctx.count('detect.uninspected.request', exchange.request.bodyBytes)
      ctx.count('detect.uninspected.response', exchange.response?.bodyBytes ?? 0)
      return null
    }
    return { exchange: shortened(exchange, row.maxRequestBody, row.maxResponseBody), response: row.responses === 'on' }
  }
}

function shortened(exchange: Exchange, most: number | undefined, mostOfResponse: number | undefined): Exchange {
  const { request, response } = exchange
  const ask = cut(request, most)
  const answer = response === null ? null : cut(response, mostOfResponse)
  return ask === request && answer === response ? exchange : { ...exchange, request: ask, response: answer }
}

/** The number of bytes that there were stays: the difference is what was not inspected. */
function cut<M extends Message>(message: M, most: number | undefined): M {
  const { body, content } = message
  if (most === undefined || Math.max(body?.length ?? 0, content?.length ?? 0) <= most) return message
  const shorter = body?.subarray(0, most) ?? null
  return { ...message, body: shorter, content: content === body ? shorter : (content?.subarray(0, most) ?? null) }
}

/** From 0 (inclusive) to 1: FNV-1a of the id, so that every node and every replay chooses the same ones. */
function shareOf(id: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193)
  // The last characters barely move the high bits.
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32
}
