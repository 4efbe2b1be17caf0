import { z } from 'zod'

/** What a GraphQL request may be. Defaults are those of the product that these attack types come from. */
export const gqlLimits = z
  .strictObject({
    docSize: z.int().min(100).default(102_400).describe('characters of a document; more is gql_doc_size'),
    valueSize: z
      .int()
      .min(100)
      .default(10_240)
      .describe('characters of one value in a document or its variables; more is gql_value_size'),
    depth: z.int().min(1).max(200).default(10).describe('fields inside of fields; deeper is gql_depth'),
    aliases: z.int().min(1).default(5).describe('aliases of one field in a document; more is gql_aliases'),
    docsPerBatch: z.int().min(1).default(10).describe('documents in one request; more is gql_docs_per_batch'),
    introspection: z
      .enum(['report', 'allow'])
      .default('report')
      .describe('questions about the schema (__schema, __type): gql_introspection'),
    debug: z.enum(['report', 'allow']).default('report').describe('requests that ask for debug output: gql_debug'),
  })
  .prefault({})
  .describe('what a GraphQL request may ask for')

export type GqlLimits = z.infer<typeof gqlLimits>
